import Endpoints
import Foundation
import HTTPTypes
import HummingbirdTesting
import Postgres
import ReadModels
import TestSupport
import Testing

/// What routes really answer, against the document.
@Suite struct DocumentTests {
    /// One answer that the document describes under `path`.
    private static func problems(
        _ site: Site, _ method: HTTPRequest.Method, _ path: String, _ answer: TestResponse
    ) async throws -> [String] {
        let check = try OpenAPICheck(Data(try await site.ask("/openapi.json").text.utf8))
        return check.problems(
            method.rawValue, path, status: answer.status.code,
            headers: Set(answer.headers.map { $0.name.rawName.lowercased() }), type: answer.headers[.contentType],
            body: Data(answer.text.utf8))
    }

    private static func fill(_ world: World) async throws {
        try await world.project(
            [Visit(1, "2026-11-20T11:59:00Z", ["source": "Google"]), Visit(2, "2026-11-19T10:00:00Z")], at: 7)
        try await world.addOrders(1...3)
        try await world.refund(1)
        try await world.addProductAndCustomer()
    }

    @Test func `Lists, records and numbers are as documented`() async throws {
        try await Site.with(configure: { $0.recordOpener = Opener() }) { site in
            try await Self.fill(site.world)
            let sessions = try await site.ask("/api/analytics/sessions").json["items"] as? [[String: Any]]
            let session = try #require(sessions?.first?["id"] as? String)
            let reads = [
                "analytics/metadata", "analytics/shop", "analytics/sessions", "analytics/sessions/\(session)",
                "analytics/leads", "analytics/carts", "analytics/realtime", "data/shopify/products",
                "data/shopify/orders", "data/shopify/customers", "data/shopify/transactions",
                "data/shopify/orders?custom_query=nothing:x",
            ]
            for read in reads {
                let answer = try await site.ask("/api/" + read, key: read.hasPrefix("data") ? "data" : "reader")
                #expect(answer.status == (read.contains("nothing") ? .badRequest : .ok), "\(answer.text)")
                let path = "/api/" + read.replacing(session, with: "{id}").prefix { $0 != "?" }
                #expect(try await Self.problems(site, .get, path, answer) == [])
            }
            let query = "/api/analytics/query"
            let body = """
                {"metrics":["sessions","bounce_rate"],"dimensions":["visit:source"],"date_range":"7d",
                "compare":{"mode":"previous_period"}}
                """
            let answer = try await site.ask(query, .post, body: body)
            #expect(try await Self.problems(site, .post, query, answer) == [])
            let tag = try #require(answer.headers[.eTag])
            let again = try await site.ask(query, .post, body: body, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
            #expect(try await Self.problems(site, .post, query, again) == [])
        }
    }

    @Test func `Refusals and what needs no key are as documented`() async throws {
        try await Site.with { site in
            for path in ["/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", "/docs/style.css"] {
                let answer = try await site.ask(path, key: "none")
                #expect(try await Self.problems(site, .get, path, answer) == [])
            }
            for key in ["none", "stale", "blind", "stranger"] {
                let path = "/api/analytics/shop"
                let answer = try await site.ask("\(path)?shop=\(World.domain)", key: key)
                #expect(answer.status.code >= 401)
                #expect(try await Self.problems(site, .get, path, answer) == [])
            }
            let query = "/api/analytics/query"
            for body in ["{", "[]", "{}", #"{"metrics":["nothing"],"date_range":"7d"}"#] {
                let answer = try await site.ask(query, .post, body: body)
                #expect(try await Self.problems(site, .post, query, answer) == [])
            }
            let start = "/api/auth/shopify/connect"
            #expect(try await Self.problems(site, .post, start, try await site.ask(start, .post, key: "none")) == [])
        }
    }

    @Test func `A shop without a pixel has a state as documented`() async throws {
        try await Site.with(configure: { $0.installations = Bare() }) { site in
            let path = "/app/api/status"
            let answer = try await site.ask(path, key: "merchant")
            #expect(answer.json["pixel"] is NSNull)
            #expect(try await Self.problems(site, .get, path, answer) == [])
        }
    }

    @Test func `Bodies of the ingest surface are described`() async throws {
        try await Site.with { site in
            let check = try OpenAPICheck(Data(try await site.ask("/openapi.json").text.utf8))
            let widget = "/apps/mattressai/"
            let event = #"{"id":"sh-1","name":"page_viewed","timestamp":"2026-11-20T11:00:00Z","data":{},"x":1}"#
            let good = [
                ("/v1/pixel/{account_id}", event), ("/v1/pixel/{account_id}", "[\(event)]"),
                ("/v1/pixel/{account_id}", #"{"events":[\#(event)]}"#), ("/webhooks", "{}"),
                (widget + "session/start", #"{"tenantId":"a.myshopify.com","clientId":"c","page":{"url":"/a"}}"#),
                (widget + "event", #"{"sessionId":"s","id":1,"name":"quiz","data":{"q":1}}"#),
                (widget + "lead", #"{"id":"1","email":"a@b.c","consent":{"marketing":true},"answers":{"a":1}}"#),
                (widget + "chat", #"{"message":"hello"}"#),
                (
                    widget + "chat",
                    #"{"action":{"type":"draft_order","lines":[{"variant_id":"1","quantity":2}]}}"#
                ),
            ]
            for (path, body) in good {
                for type in ["application/json", "text/plain"] {
                    #expect(try check.problems(asking: "POST", path, type: type, body: body) == [], "\(path)")
                }
            }
            for (path, body) in [
                ("/v1/pixel/{account_id}", #"{"id":"1"}"#), (widget + "lead", #"{"id":"1","name":"Jane"}"#),
                (widget + "chat", #"{"action":{"type":"dance"}}"#), ("/webhooks", "[]"),
            ] {
                let found = try check.problems(asking: "POST", path, type: "application/json", body: body)
                #expect(!found.isEmpty, "\(path)")
            }
        }
    }

    @Test func `Senders are told of what their requests need`() async throws {
        try await Site.with { site in
            let paths = try #require(try await site.ask("/openapi.json").json["paths"] as? [String: [String: Any]])
            for path in ["/v1/pixel/{account_id}", "/webhooks", "/apps/mattressai/session/start"] {
                let operation = try #require(paths[path]?["post"] as? [String: Any])
                let parameters = try #require(operation["parameters"] as? [[String: Any]])
                let names = parameters.compactMap { $0["name"] as? String }
                switch path {
                case "/webhooks":
                    let needed = parameters.filter { $0["required"] as? Bool == true }.compactMap {
                        $0["name"] as? String
                    }
                    #expect(needed == ["X-Shopify-Hmac-Sha256", "X-Shopify-Topic", "X-Shopify-Shop-Domain"])
                case "/v1/pixel/{account_id}": #expect(names == ["account_id", "verbose", "Content-Encoding"])
                default: #expect(Set(names).isSuperset(of: ["signature", "shop", "timestamp"]))
                }
                let limited = (operation["responses"] as? [String: [String: Any]])?["429"]
                let headers = try #require(limited?["headers"] as? [String: Any])
                #expect(Set(headers.keys).isSuperset(of: ["Retry-After", "RateLimit", "RateLimit-Policy"]))
            }
        }
    }
}

/// An installation of which nothing is known yet.
private struct Bare: InstallationDesk {
    func installation(of shop: Int32) async throws -> Installation { Installation(isConnected: false) }
}
