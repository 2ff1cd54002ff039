import Cryptography
import Foundation
import TestSupport
import Testing

@testable import Shopify

@Suite struct CoreOAuthTests {
    private struct Case: Decodable {
        struct Expected: Decodable {
            let hmac_valid: Bool?
            let accepted: Bool?
        }
        let id: String
        let secrets: [String]
        let query: String
        let canonical_string: String
        let expected: Expected
        let now: Int64?
    }

    /// A vector's expectations by name, for noticing one that nobody asserts.
    private struct Names: Decodable {
        let id: String
        let expected: CoreJSON

        func areKnown(_ known: Set<String>) -> Bool {
            guard case .object(let members) = expected else { return false }
            return Set(members.keys).isSubset(of: known)
        }
    }

    @Test func callbackVectors() throws {
        for one in try CoreVectors.cases("oauth_hmac", as: Names.self) {
            #expect(one.areKnown(["hmac_valid", "accepted", "why"]), "\(one.id)")
        }
        for one in try CoreVectors.cases("oauth_hmac", as: Case.self) {
            let items = try #require(QueryItem.parse(one.query))
            #expect(CallbackSignature.canonical(items).contains(one.canonical_string), "\(one.id)")
            let isValid = CallbackSignature.verifies(query: one.query, secrets: one.secrets.map(Secret.init))
            if let expected = one.expected.hmac_valid { #expect(isValid == expected, "\(one.id)") }
            guard let accepted = one.expected.accepted, let now = one.now else { continue }
            let stamp = try #require(items.first { $0.name == "timestamp" }.flatMap { Int64($0.value) })
            #expect((isValid && OAuthCallback.isFresh(stamp, nowMillis: now * 1000)) == accepted, "\(one.id)")
        }
    }

    private static let app = AppCredentials(clientID: "id", secret: Secret("new"), previousSecret: Secret("old"))

    private static func query(_ items: [(String, String)], key: String = "new") -> String {
        let text = items.sorted { $0.0 < $1.0 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        let code = Hex.encode(HMACSHA256.authenticate(Array(text.utf8), key: Array(key.utf8)))
        return text + "&hmac=" + code
    }

    private static let items = [
        ("code", "c1"), ("shop", "a.myshopify.com"), ("state", "s1"), ("timestamp", "1000"), ("host", "aG9zdA"),
    ]

    private static func refusal(_ query: String) throws -> OAuthError.Code? {
        let app = try #require(app)
        do throws(OAuthError) {
            _ = try OAuthCallback(query: query, credentials: app)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func callback() throws {
        let app = try #require(Self.app)
        let callback = try OAuthCallback(query: Self.query(Self.items), credentials: app)
        #expect(callback.shop.text == "a.myshopify.com")
        #expect(callback.code.revealed == "c1")
        #expect(callback.state.revealed == "s1")
        #expect(throws: Never.self) { try callback.checkTime(nowMillis: 1_090_999) }
        #expect(throws: OAuthError.self) { try callback.checkTime(nowMillis: 1_091_000) }
        #expect(throws: OAuthError.self) { try callback.checkTime(nowMillis: 909_000) }
        #expect("\(callback)".contains("c1") == false)
        _ = try OAuthCallback(query: Self.query(Self.items, key: "old"), credentials: app)
    }

    @Test func theOrderOfRefusals() throws {
        // The name comes first: nothing is computed for what is no shop.
        #expect(try Self.refusal("shop=evil.com&code=c") == .shopName)
        #expect(try Self.refusal("shop=a.myshopify.com.evil.com&hmac=00") == .shopName)
        #expect(try Self.refusal(Self.query(Self.items, key: "wrong")) == .signature)
        #expect(try Self.refusal(Self.query(Self.items.filter { $0.0 != "state" })) == .state)
        #expect(try Self.refusal(Self.query(Self.items.filter { $0.0 != "code" })) == .grant)
    }

    @Test func duplicatesAreRefused() throws {
        let good = Self.query(Self.items)
        for extra in ["shop=b.myshopify.com", "hmac=00", "state=s2", "timestamp=2000", "code=c2"] {
            #expect(try Self.refusal(good + "&" + extra) == .signature, "\(extra)")
            #expect(try Self.refusal(extra + "&" + good) != nil, "\(extra)")
        }
    }

    @Test func stateWorksOnceForItsShop() async throws {
        let app = try #require(Self.app)
        let (a, b) = (try #require(ShopDomain("a.myshopify.com")), try #require(ShopDomain("b.myshopify.com")))
        try await TestStores.shared.withRedis { redis in
            let states = OAuthStates(redis, credentials: app)
            let one = try await states.issue(for: a)
            let two = try await states.issue(for: a)
            #expect(one != two)
            try await states.redeem(one, for: a)
            await #expect(throws: OAuthError.self) { try await states.redeem(one, for: a) }
            await #expect(throws: OAuthError.self) { try await states.redeem(two, for: b) }
            // A try for another shop uses it up all the same.
            await #expect(throws: OAuthError.self) { try await states.redeem(two, for: a) }
            await #expect(throws: OAuthError.self) { try await states.redeem(Secret("made up"), for: a) }
        }
    }

    @Test func scopes() {
        let granted = Scopes("write_products, read_orders,unauthenticated_write_checkouts")
        #expect(granted.cover(["read_products", "read_orders", "unauthenticated_read_checkouts"]))
        #expect(granted.missing(of: ["write_orders", "read_orders"]) == ["write_orders"])
        #expect(Scopes("write_products").isEquivalent(to: Scopes("read_products,write_products")))
        #expect(!Scopes("read_products").cover(["write_products"]))
        #expect(Scopes(" , ").names == [])
    }

    @Test func tokenEndpointTrouble() {
        for (status, body, code) in [
            (503, "", OAuthError.Code.unavailable), (429, "{}", .unavailable), (200, "<html>", .malformed),
            (200, "{\"access_token\":\"\"}", .malformed), (401, "<html>", .grant),
            (
                400, "{\"error\":\"invalid_client\"}",
                .credentials
            ),
        ] {
            let error = #expect(throws: OAuthError.self) {
                try TokenEndpoint.grant(status: status, body: Array(body.utf8))
            }
            #expect(error?.code == code)
        }
    }
}
