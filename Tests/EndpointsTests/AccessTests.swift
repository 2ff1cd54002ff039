import Endpoints
import EventModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import Postgres
import ReadModels
import Testing

/// Who may ask what: 401 without a good key, 403 without the scope, 404 for another shop.
@Suite struct AccessTests {
    private static let query = #"{"metrics":["sessions"],"date_range":"7d"}"#

    @Test func `Every route with a key refuses in the same order`() async throws {
        try await Site.with { site in
            let paths = [
                "/api/analytics/metadata", "/api/analytics/shop", "/api/analytics/sessions", "/api/analytics/realtime",
                "/api/analytics/leads", "/api/analytics/sessions/00000000000000000000000000000001",
            ]
            for path in paths {
                for key in ["none", "garbage", "wrong", "revoked", "expired"] {
                    let response = try await site.ask(path, key: key)
                    #expect(response.status == .unauthorized, "\(path) \(key)")
                    #expect(response.headers[.wwwAuthenticate] == "Bearer")
                }
                #expect(try await site.ask(path, key: "blind").status == .forbidden, "\(path)")
            }
            #expect(
                try await site.ask("/api/analytics/query", .post, key: "none", body: Self.query).status == .unauthorized
            )
            #expect(
                try await site.ask("/api/analytics/query", .post, key: "blind", body: Self.query).status == .forbidden)
        }
    }

    @Test func `A key of one shop opens that shop only`() async throws {
        try await Site.with { site in
            #expect(try await site.ask("/api/analytics/shop").status == .ok)
            #expect(try await site.ask("/api/analytics/shop?shop=\(World.domain)").status == .ok)
            let other = try await site.ask("/api/analytics/shop?shop=other.myshopify.com")
            let unknown = try await site.ask("/api/analytics/shop?shop=nobody.myshopify.com")
            #expect(other.status == .notFound)
            #expect(other.json["detail"] as? String == unknown.json["detail"] as? String)
            #expect(try await site.ask("/api/analytics/shop?shop=other.myshopify.com", key: "operator").status == .ok)
            #expect(try await site.ask("/api/analytics/shop", key: "operator").status == .badRequest)
            let nameless = try await site.ask("/api/analytics/query", .post, key: "operator", body: Self.query)
            #expect(nameless.status == .unprocessableContent)
            #expect(nameless.json["pointer"] as? String == "/shop")
        }
    }

    @Test func `A revoked key is refused as soon as it is forgotten`() async throws {
        try await World.with { world in
            let created = try await world.pool.run {
                try APIKeys.create(domain: World.domain, scopes: [.analyticsRead], label: "x", on: $0)
            }
            #expect(created.key.hasPrefix("ffk_\(created.id)_"))
            let listed = try await world.pool.run { try APIKeys.list(on: $0) }
            #expect(listed.map(\.id) == [created.id])
            #expect(listed[0].shop == World.domain)
            #expect(try await world.pool.run { try APIKeys.revoke(id: created.id, on: $0) })
            #expect(try await !world.pool.run { try APIKeys.revoke(id: created.id, on: $0) })
            await #expect(throws: APIKeys.Refusal.self) {
                try await world.pool.run {
                    try APIKeys.create(domain: "nobody.myshopify.com", scopes: [.analyticsRead], on: $0)
                }
            }
        }
    }

    @Test func `The use of a key is noted`() async throws {
        try await Site.with { site in
            _ = try await site.ask("/api/analytics/shop")
            let used = try await site.world.pool.run { try APIKeys.list(on: $0) }.filter { $0.lastUsedAt != nil }
            #expect(used.count == 1)
        }
    }
}
