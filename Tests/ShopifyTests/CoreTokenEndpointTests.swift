import Foundation
import NIOCore
import ShopifyStandIn
import Testing

@testable import Shopify

/// The token endpoint's requests and answers against the vectors of Shopify's own libraries.
@Suite struct CoreTokenEndpointTests {
    private struct Case: Decodable {
        struct Request: Decodable {
            let method: String
            let url: String
            let json: CoreJSON
        }
        let id: String
        let request: Request
        let http_status: Int
        let response: CoreJSON
        let expected: CoreJSON
    }

    @Test func answers() throws {
        for one in try CoreVectors.cases("token_endpoint", as: Case.self) {
            let body = try one.response.bytes()
            guard one.http_status == 200 else {
                let code = try #require(one.response["error"].text)
                let error = #expect(throws: OAuthError.self) {
                    try TokenEndpoint.grant(status: one.http_status, body: body)
                }
                #expect(error?.code == (code == "invalid_subject_token" ? .sessionToken : .grant), "\(one.id)")
                #expect(one.expected["error"].text != nil, "\(one.id)")
                continue
            }
            let grant = try TokenEndpoint.grant(status: 200, body: body)
            #expect(grant.access.revealed == one.response["access_token"].text, "\(one.id)")
            #expect(grant.scopes == Scopes(one.response["scope"].text ?? ""), "\(one.id)")
            #expect(CoreJSON(grant.expiresInSeconds) == one.response["expires_in"], "\(one.id)")
            #expect(
                CoreJSON(grant.refreshExpiresInSeconds) == one.response["refresh_token_expires_in"], "\(one.id)")
            #expect(!"\(grant) \(String(reflecting: grant))".contains(grant.access.revealed), "\(one.id)")
            try holds(grant, one)
        }
    }

    private func holds(_ grant: TokenGrant, _ one: Case) throws {
        guard case .object(let expected) = one.expected else { throw OAuthError(.malformed, one.id) }
        for (key, value) in expected {
            switch key {
            case "online": #expect(.bool(grant.userID != nil) == value, "\(one.id)")
            case "user_id": #expect(CoreJSON(grant.userID) == value, "\(one.id)")
            case "expires_in": #expect(CoreJSON(grant.expiresInSeconds) == value, "\(one.id)")
            case "access_token": #expect(grant.access.revealed == value.text, "\(one.id)")
            case "refresh_token": #expect(grant.refresh?.revealed == value.text, "\(one.id)")
            default: Issue.record("\(one.id): nobody asserts \(key)")
            }
        }
    }

    /// What is sent is what the libraries send, save that it always asks for offline tokens that expire.
    @Test func requests() async throws {
        try await CoreWorld.run { world in
            let credentials = try #require(AppCredentials(clientID: "test_key", secret: Secret("test_secret_key")))
            let endpoint = TokenEndpoint(
                transport: AdminTransport(client: CoreWorld.client),
                address: try #require(AdminAddress(override: await world.standIn.address())), credentials: credentials)
            let shop = try #require(ShopDomain(CoreWorld.domain))
            for one in try CoreVectors.cases("token_endpoint", as: Case.self) {
                guard case .object(var json) = one.request.json else { throw OAuthError(.malformed, one.id) }
                // The stand-in does not know this app: what counts is what it heard.
                await #expect(throws: OAuthError.self) { try await Self.send(one.request.json, endpoint, shop) }
                if json["expiring"] != nil {
                    json["expiring"] = .text("1")
                    json["requested_token_type"] = .text(
                        "urn:shopify:params:oauth:token-type:offline-access-token")
                }
                let heard = try #require(world.standIn.requests.last)
                #expect(heard.method == one.request.method, "\(one.id)")
                #expect(one.request.url.hasSuffix("/admin/oauth/access_token"), "\(one.id)")
                #expect(heard.target.hasSuffix("/admin/oauth/access_token"), "\(one.id)")
                #expect(heard.header("Content-Type")?.hasPrefix("application/json") == true, "\(one.id)")
                #expect(heard.header("Accept")?.contains("application/json") == true, "\(one.id)")
                #expect(try CoreJSON(heard.body) == .object(json), "\(one.id)")
            }
        }
    }

    private static func send(
        _ json: CoreJSON, _ endpoint: TokenEndpoint, _ shop: ShopDomain
    ) async throws -> TokenGrant {
        if let token = json["refresh_token"].text { return try await endpoint.refresh(Secret(token), shop: shop) }
        let subject = Secret(json["subject_token"].text ?? "")
        return json["subject_token_type"].text?.hasSuffix("id_token") == true
            ? try await endpoint.exchange(sessionToken: subject, shop: shop)
            : try await endpoint.migrate(subject, shop: shop)
    }
}

extension CoreJSON {
    /// A number, or null.
    fileprivate init(_ number: Int64?) { self = number.map { .number(Double($0)) } ?? .null }
}
