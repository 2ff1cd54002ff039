import Cryptography
import Foundation
import Shopify
import Testing

@Suite struct CoreSessionTokenTests {
    private struct Case: Decodable {
        struct Expected: Decodable {
            let valid: Bool?
            let shop: String?
            let user_id: String?
        }
        let id: String
        let client_id: String
        let client_secret: String
        let now: Double
        let token: String
        let expected: Expected
    }

    @Test func vectors() throws {
        for one in try CoreVectors.cases("session_tokens", as: Case.self) {
            let app = try #require(AppCredentials(clientID: one.client_id, secret: Secret(one.client_secret)))
            let token = try? MerchantToken(one.token, credentials: app, nowSeconds: one.now)
            guard let isValid = one.expected.valid else { continue }
            // A shopper's token is valid, and opens nothing of a merchant's.
            #expect((token != nil) == (isValid && one.expected.user_id != nil), "\(one.id)")
            guard let token else { continue }
            #expect(token.shop.text == one.expected.shop, "\(one.id)")
            #expect(token.userID == one.expected.user_id, "\(one.id)")
        }
    }

    private static var claims: [String: Any] {
        [
            "iss": "https://a.myshopify.com/admin", "dest": "https://a.myshopify.com", "aud": "id", "sub": "1",
            "exp": 1060, "nbf": 1000, "iat": 1000, "jti": "j", "sid": "s",
        ]
    }

    private static func token(
        _ change: [String: Any?] = [:], head: [String: Any] = ["alg": "HS256"], key: String = "new"
    )
        throws -> String
    {
        var claims = Self.claims
        for (name, value) in change { claims[name] = value }
        let parts = try [head, claims].map {
            Base64.encode([UInt8](try JSONSerialization.data(withJSONObject: $0)), .url)
        }
        let signed = parts.joined(separator: ".")
        return signed + "." + Base64.encode(HMACSHA256.authenticate(Array(signed.utf8), key: Array(key.utf8)), .url)
    }

    private static func refusal(_ token: String, now: Double = 1030) throws -> SessionTokenError? {
        let app = try #require(
            AppCredentials(clientID: "id", secret: Secret("new"), previousSecret: Secret("old")))
        do throws(SessionTokenError) {
            _ = try MerchantToken(token, credentials: app, nowSeconds: now)
            return nil
        } catch {
            return error
        }
    }

    @Test func bothSecretsCountWhileRotating() throws {
        #expect(try Self.refusal(Self.token(key: "new")) == nil)
        #expect(try Self.refusal(Self.token(key: "old")) == nil)
        #expect(try Self.refusal(Self.token(key: "other")) == .signature)
    }

    @Test func leewayIsTenSeconds() throws {
        #expect(try Self.refusal(Self.token(), now: 1069.9) == nil)
        #expect(try Self.refusal(Self.token(), now: 1070) == .expired)
        #expect(try Self.refusal(Self.token(), now: 990) == nil)
        #expect(try Self.refusal(Self.token(), now: 989.9) == .early)
        #expect(try Self.refusal(Self.token(["exp": 1060.5, "nbf": 1000.5]), now: 1030) == nil)
    }

    @Test func reasons() throws {
        #expect(try Self.refusal(Self.token(head: ["alg": "none"])) == .algorithm)
        #expect(try Self.refusal(Self.token(head: ["alg": "hs256"])) == .algorithm)
        #expect(try Self.refusal(Self.token(["aud": "other"])) == .audience)
        #expect(try Self.refusal(Self.token(["dest": "https://b.myshopify.com"])) == .shop)
        #expect(try Self.refusal(Self.token(["iss": "https://evil.com/admin", "dest": "https://evil.com"])) == .shop)
        #expect(try Self.refusal(Self.token(["iss": "https://a.myshopify.com/checkouts", "sid": nil])) == .shopper)
        #expect(try Self.refusal(Self.token(["iss": "https://a.myshopify.com/checkouts"])) == .shopper)
        #expect(try Self.refusal(Self.token(["sub": "gid://shopify/Customer/1"])) == .malformed)
        #expect(try Self.refusal(Self.token(["sid": nil])) == .malformed)
        #expect(try Self.refusal(Self.token(["iss": "https://a.myshopify.com/"])) == .malformed)
        #expect(try Self.refusal(Self.token(["exp": nil])) == .malformed)
        for text in ["", "a.b", "a.b.c.d", "..", String(repeating: "a", count: 9000)] {
            #expect(try Self.refusal(text) == .malformed)
        }
    }

    @Test func anEmptySecretIsNoApp() {
        #expect(AppCredentials(clientID: "id", secret: Secret("")) == nil)
        #expect(AppCredentials(clientID: "id", secret: Secret("x"), previousSecret: Secret(""))?.secrets.count == 1)
    }
}
