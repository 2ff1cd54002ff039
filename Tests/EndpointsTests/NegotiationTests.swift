import Endpoints
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Postgres
import Testing

/// What requests say about answers they want or have, and what they get (RFC 9110).
@Suite struct NegotiationTests {
    private static let json = "application/json"
    private static let stream = "text/event-stream"

    @Test(arguments: [
        (nil, json), ("*/*", json), ("", json), ("text/event-stream", stream), ("TEXT/Event-Stream", stream),
        ("text/event-stream;q=0, application/json", json), ("text/event-stream; Q=0", json),
        ("text/event-stream;q=0.5, application/json", json), ("text/event-stream, application/json;q=0.5", stream),
        ("application/json, text/event-stream", stream), ("text/event-stream, */*;q=0.1", stream),
        ("text/event-streams", json), ("application/json;x=text/event-stream", json), ("text/*", stream),
        ("text/*;q=0.2, text/event-stream;q=0.9, */*;q=0.5", stream), ("image/png", json),
    ]) func `Now is a stream for who would rather have one`(_ accept: String?, _ type: String) async throws {
        let answer = try await Self.realtimeType(accept)
        #expect(answer == type)
    }

    /// Asked by HEAD, so that a stream is not written.
    private static func realtimeType(_ accept: String?) async throws -> String? {
        try await Site.with { site in
            var headers: HTTPFields = [:]
            headers[.accept] = accept
            return try await site.ask("/api/analytics/realtime", .head, headers: headers).headers[.contentType]
        }
    }

    @Test func `An answer that still holds has the fields of the answer`() async throws {
        try await Site.with(configure: { $0.recordOpener = Opener() }) { site in
            try await site.world.addOrders([1])
            for path in [
                "analytics/leads", "analytics/shop", "analytics/sessions", "data/shopify/orders",
                "data/shopify/products", "analytics/metadata", "analytics/realtime",
            ] {
                let key = path.hasPrefix("data") ? "data" : "reader"
                let full = try await site.ask("/api/" + path, key: key)
                let tag = try #require(full.headers[.eTag])
                let unchanged = try await site.ask("/api/" + path, key: key, headers: [.ifNoneMatch: tag])
                #expect(unchanged.status == .notModified)
                for name in [HTTPField.Name.cacheControl, .vary, .eTag, .date] {
                    #expect(unchanged.headers[name] == full.headers[name], "\(path) \(name)")
                    #expect(full.headers[name] != nil, "\(path) \(name)")
                }
                let any = try await site.ask("/api/" + path, key: key, headers: [.ifNoneMatch: "*"])
                #expect(any.status == .notModified, "\(path)")
                #expect(any.headers[.eTag] == tag, "\(path)")
            }
            let file = try await site.ask("/dashboard/", key: "none", headers: [.ifNoneMatch: "*"])
            #expect(file.status == .notModified)
        }
    }

    @Test func `Every answer says when it was made`() async throws {
        try await Site.with { site in
            for path in ["/health/live", "/nowhere", "/dashboard/", "/api/analytics/shop", "/openapi.json"] {
                let answer = try await site.ask(path, key: "none")
                #expect(answer.headers[.date] == "Fri, 20 Nov 2026 12:00:00 GMT", "\(path)")
            }
        }
    }

    @Test func `What is refused says why, and what is allowed`() async throws {
        try await Site.with { site in
            let query = "/api/analytics/query"
            let deep = String(repeating: #"["not","#, count: 100) + "1" + String(repeating: "]", count: 100)
            let nested = #"{"metrics":["sessions"],"date_range":"7d","filters":[\#(deep)]}"#
            for body in [nested, String(repeating: "[", count: 1000)] {
                let refused = try await site.ask(query, .post, body: body)
                #expect(refused.status == .badRequest)
                #expect(refused.json["type"] as? String == "urn:footfall:problem:too-deep")
                #expect((refused.json["detail"] as? String)?.contains("64 levels") == true)
            }
            let good = #"{"metrics":["sessions"],"date_range":"7d"}"#
            let large = good + String(repeating: " ", count: 100_000)
            for (body, type) in [(good, ""), (good, " "), (large, "Application/JSON; charset=utf-8")] {
                let answer = try await site.ask(query, .post, body: body, headers: [.contentType: type])
                #expect(answer.status == .ok, "\(type)")
            }
            let options = try await site.ask(query, .options, key: "none").headers[.allow]
            #expect(try await site.ask(query, .get).headers[.allow] == options)
            let metadata = "/api/analytics/metadata"
            #expect(try await site.ask(metadata + "?x=1").status == .badRequest)
            #expect(try await site.ask(metadata + "?shop=\(World.domain)").status == .ok)
            #expect(try await site.ask(metadata + "?shop=other.myshopify.com").status == .notFound)
        }
    }

    @Test func `A stranger's large body is read nowhere`() async throws {
        try await Site.with { site in
            let path = "/api/auth/shopify/connect"
            let body = #"{"shop":"a.myshopify.com","x":"\#(String(repeating: "x", count: 5000))"}"#
            let missing = try await site.ask(path, .post, key: "none", body: body)
            #expect(missing.status == .serviceUnavailable)
        }
    }
}
