import Endpoints
import Foundation
import HTTPTypes
import HummingbirdTesting
import Postgres
import Testing

/// Every route of the document is tried with the credentials of another shop, so that a new one is covered by itself.
@Suite struct TenantTests {
    /// What everybody may ask. A new route that needs no credential has to be written down here.
    private static let open: Set = [
        "GET /", "GET /dashboard", "GET /dashboard/{file}", "GET /openapi.json", "GET /docs", "GET /docs/style.css",
        "GET /health/live", "GET /health/ready", "GET /metrics", "GET /app", "GET /app/{file}",
        "GET /api/auth/shopify", "POST /api/auth/shopify/connect", "GET /api/auth/shopify/callback",
    ]
    /// One operation of the document.
    private struct Operation {
        var method: HTTPRequest.Method
        var path: String
        var members: [String: Any]

        var name: String { "\(method.rawValue) \(path)" }
        private var security: [[String: [String]]] { members["security"] as? [[String: [String]]] ?? [] }
        var isOpen: Bool { security.isEmpty }
        /// The scope that a key needs; nil where no key is taken.
        var scope: String? { security.compactMap { $0["key"]?.first }.first }
        var takesSessions: Bool { security.contains { $0["session"] != nil } }
        var hasBody: Bool { members["requestBody"] != nil }
        var namesShop: Bool {
            let parameters = members["parameters"] as? [[String: Any]] ?? []
            return hasBody || parameters.contains { $0["name"] as? String == "shop" }
        }

        /// Asks it for the world's shop, in the query string and in the body.
        func ask(_ site: Site, as key: String) async throws -> TestResponse {
            let path = path.replacing("{id}", with: "1").replacing("{file}", with: "index.html")
            let body = hasBody ? #"{"shop":"\#(World.domain)"}"# : nil
            return try await site.ask(
                hasBody ? path : "\(path)?shop=\(World.domain)", method, key: key, body: body)
        }
    }

    private static func operations(_ site: Site) async throws -> [Operation] {
        let document = try await site.ask("/openapi.json").json
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        return paths.flatMap { path, methods in
            methods.filter { $1["x-footfall-served-by"] == nil }.map { method, members in
                Operation(
                    method: HTTPRequest.Method(rawValue: method.uppercased()) ?? .get, path: path, members: members)
            }
        }
    }

    @Test func `What needs no credential is written down`() async throws {
        try await Site.with { site in
            let operations = try await Self.operations(site)
            #expect(operations.count > 30)
            #expect(Set(operations.filter(\.isOpen).map(\.name)) == Self.open)
            #expect(operations.allSatisfy { $0.isOpen || $0.namesShop })
        }
    }

    @Test func `No route answers without a key or without its scope`() async throws {
        try await Site.with { site in
            for operation in try await Self.operations(site) where !operation.isOpen {
                for key in ["none", "garbage", "revoked", "expired"] {
                    let response = try await operation.ask(site, as: key)
                    #expect(response.status == .unauthorized, "\(operation.name) \(key)")
                    #expect(response.headers[.wwwAuthenticate] == "Bearer", "\(operation.name)")
                }
                let stale = try await operation.ask(site, as: "stale")
                #expect(stale.status == .unauthorized, "\(operation.name)")
                #expect(stale.headers[try #require(Self.retry)] == "1", "\(operation.name)")
                guard let scope = operation.scope else { continue }
                let response = try await operation.ask(site, as: "all but \(scope)")
                #expect(response.status == .forbidden, "\(operation.name)")
                #expect(response.json["allowed"] as? [String] == [scope], "\(operation.name)")
            }
        }
    }

    @Test func `No route opens a shop to another shop's credentials`() async throws {
        try await Site.with { site in
            let unknown = try await site.ask("/api/analytics/shop?shop=nobody.myshopify.com").json["detail"] as? String
            for operation in try await Self.operations(site) where !operation.isOpen {
                for key in ["stranger", "stranger's merchant"] {
                    let isSession = key != "stranger"
                    let response = try await operation.ask(site, as: key)
                    switch (isSession, operation.scope, operation.takesSessions) {
                    case (true, _, false): #expect(response.status == .forbidden, "\(operation.name)")
                    case (false, nil, _): #expect(response.status == .unauthorized, "\(operation.name)")
                    default:
                        #expect(response.status == .notFound, "\(operation.name) \(key)")
                        // The same words as for a shop that does not exist, and none about an id.
                        #expect(response.json["detail"] as? String == unknown, "\(operation.name) \(key)")
                    }
                }
            }
        }
    }

    @Test func `A session opens its own shop with all scopes but admin`() async throws {
        try await Site.with { site in
            let own = try await site.ask("/api/analytics/shop", key: "merchant")
            #expect(own.json["shop"] as? String == World.domain)
            #expect(try await site.ask("/api/analytics/leads", key: "merchant").status == .ok)
        }
    }

    @Test func `Nothing opens to keys and sessions of a shop that has uninstalled the app`() async throws {
        try await Site.with { site in
            try await site.world.pool.run {
                try $0.execute("UPDATE registry.shop SET status = 'uninstalled' WHERE domain = '\(World.domain)'")
            }
            for key in ["reader", "merchant"] {
                let gone = try await site.ask("/api/analytics/shop", key: key)
                #expect(gone.status == .gone)
                #expect(gone.json["type"] as? String == "urn:footfall:problem:uninstalled")
                #expect(try await site.ask("/api/analytics/leads?shop=\(World.domain)", key: key).status == .gone)
            }
            #expect(try await site.ask("/api/data/shopify/orders", .post, key: "data", body: "{}").status == .gone)
            #expect(try await site.ask("/api/analytics/shop?shop=\(World.domain)", key: "operator").status == .ok)
            await #expect(throws: APIKeys.Refusal.self) {
                try await site.world.pool.run {
                    try APIKeys.create(domain: World.domain, scopes: [.dataRead], on: $0)
                }
            }
            // Installing again shows at once, whatever was asked before.
            try await site.world.pool.run {
                try $0.execute("UPDATE registry.shop SET status = 'active' WHERE domain = '\(World.domain)'")
            }
            for key in ["reader", "merchant"] {
                #expect(try await site.ask("/api/analytics/shop", key: key).status == .ok)
            }
        }
    }

    private static let retry = HTTPField.Name("X-Shopify-Retry-Invalid-Session-Request")
}
