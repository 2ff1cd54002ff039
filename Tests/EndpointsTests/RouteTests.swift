import Endpoints
import EventModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import Postgres
import ReadModels
import Synchronization
import Testing

/// Answers, tags, problems and documents over HTTP.
@Suite struct RouteTests {
    private static let query = #"{"metrics":["sessions"],"dimensions":["visit:source"],"date_range":"7d"}"#

    @Test func `A query answers rows, totals and what it understood`() async throws {
        try await Site.with { site in
            try await site.world.project([Visit(1, "2026-11-19T10:00:00Z", ["source": "Google \"G\""])], at: 7)
            let response = try await site.ask("/api/analytics/query", .post, body: Self.query)
            #expect(response.status == .ok)
            #expect(response.json["rows"] as? [[AnyHashable]] == [["Google \"G\"", 1]])
            #expect((response.json["totals"] as? [Any])?.last as? Int == 1)
            let meta = try #require(response.json["meta"] as? [String: Any])
            #expect((meta["as_of"] as? [String: Any])?["position"] as? Int == 7)
            #expect(meta["definitions"] as? String == "2026-11")
            let query = try #require(response.json["query"] as? [String: Any])
            #expect(query["date_range"] as? [String] == ["2026-11-14", "2026-11-20"])
        }
    }

    @Test func `The tag holds until the read model moves`() async throws {
        try await Site.with { site in
            let path = "/api/analytics/query"
            let first = try await site.ask(path, .post, body: Self.query)
            let tag = try #require(first.headers[.eTag])
            let second = try await site.ask(path, .post, body: Self.query, headers: [.ifNoneMatch: "\"x\", W/\(tag)"])
            #expect(second.status == .notModified)
            #expect(second.text.isEmpty)
            let other = #"{"metrics":["visitors"],"date_range":"7d"}"#
            #expect(try await site.ask(path, .post, body: other, headers: [.ifNoneMatch: tag]).status == .ok)
            try await site.world.project([Visit(1, "2026-11-19T10:00:00Z")], at: 8)
            #expect(try await site.ask(path, .post, body: Self.query, headers: [.ifNoneMatch: tag]).status == .ok)
        }
    }

    @Test func `No answer says that it is complete beyond what still waits in the buffer`() async throws {
        let oldest = "2026-11-20T11:58:00.000Z"
        try await Site.with(drainedUntil: { _ in instant(oldest) }) { site in
            try await site.world.project([Visit(1, "2026-11-19T10:00:00Z")], at: 7)
            let list = try await site.ask("/api/analytics/sessions").json
            let session = try #require((list["items"] as? [[String: Any]])?.first?["id"] as? String)
            for path in ["shop", "sessions", "sessions/\(session)", "leads", "carts", "realtime"] {
                let asOf = try await site.ask("/api/analytics/\(path)").json["as_of"] as? [String: Any]
                #expect(asOf?["complete_until"] as? String == oldest, "\(path)")
            }
            for name in ["products", "orders", "customers", "transactions"] {
                let asOf = try await site.ask("/api/data/shopify/\(name)", key: "data").json["as_of"] as? [String: Any]
                #expect(asOf?["complete_until"] as? String == oldest, "\(name)")
            }
            let answer = try await site.ask("/api/analytics/query", .post, body: Self.query).json
            let meta = try #require(answer["meta"] as? [String: Any])
            #expect(meta["complete_until"] as? String == oldest)
            #expect((meta["as_of"] as? [String: Any])?["complete_until"] as? String == oldest)
        }
    }

    @Test func `Every GET has a tag, which holds while time goes on`() async throws {
        let clock = Ticks()
        try await Site.with(drainedUntil: { $0 - 1000 + clock.next() }) { site in
            for path in [
                "/api/analytics/metadata", "/api/analytics/shop", "/api/analytics/sessions", "/api/analytics/leads",
                "/api/analytics/realtime", "/api/analytics/carts", "/openapi.json", "/docs", "/dashboard/",
                "/dashboard/index.html",
            ] {
                let response = try await site.ask(path)
                #expect(response.status == .ok, "\(path)")
                let tag = try #require(response.headers[.eTag], "\(path)")
                #expect(try await site.ask(path, headers: [.ifNoneMatch: tag]).status == .notModified, "\(path)")
            }
        }
    }

    @Test func `What Footfall notes itself and what other shops send leaves the tags where they are`() async throws {
        try await Site.with { site in
            try await site.world.project([Visit(1, "2026-11-20T11:59:00Z")], at: 7)
            try await site.world.advance(to: 7, heard: 7)
            let paths = [
                "analytics/shop", "analytics/sessions", "analytics/leads", "analytics/carts", "analytics/realtime",
                "data/shopify/orders", "data/shopify/customers", "analytics/query",
            ]
            func ask(_ path: String, _ tag: String? = nil) async throws -> TestResponse {
                var headers: HTTPFields = [:]
                headers[.ifNoneMatch] = tag
                let isQuery = path.hasSuffix("query")
                return try await site.ask(
                    "/api/\(path)", isQuery ? .post : .get, key: path.hasPrefix("data") ? "data" : "reader",
                    body: isQuery ? Self.query : nil, headers: headers)
            }
            for path in paths {
                try await site.world.advance(to: 7, heard: 7)
                let tag = try #require(try await ask(path).headers[.eTag], "\(path)")
                try await site.world.advance(to: 9, heard: 7)
                #expect(try await ask(path, tag).status == .notModified, "\(path)")
                try await site.world.advance(to: 11, heard: 10)
                let isSame: HTTPResponse.Status = path.hasSuffix("realtime") ? .notModified : .ok
                #expect(try await ask(path, tag).status == isSame, "\(path)")
            }
        }
    }

    @Test func `A cursor of another list is refused`() async throws {
        try await Site.with { site in
            try await site.world.project((1...3).map { Visit($0, "2026-11-19T10:00:00Z") }, at: 7)
            let page = try await site.ask("/api/analytics/sessions?first=2").json["page_info"] as? [String: Any]
            let cursor = try #require(page?["end_cursor"] as? String)
            #expect(try await site.ask("/api/analytics/sessions?first=2&cursor=\(cursor)").status == .ok)
            for path in ["leads", "carts"] {
                #expect(try await site.ask("/api/analytics/\(path)?cursor=\(cursor)").status == .badRequest)
            }
            for name in ["products", "orders", "customers", "transactions"] {
                let path = "/api/data/shopify/\(name)?cursor=\(cursor)"
                #expect(try await site.ask(path, key: "data").status == .badRequest, "\(name)")
            }
        }
    }

    @Test func `Every problem is one of RFC 9457`() async throws {
        try await Site.with { site in
            let path = "/api/analytics/query"
            let big = "\"" + String(repeating: "x", count: 1 << 20) + "\""
            let cases: [(TestResponse, Int)] = [
                (try await site.ask("/nowhere"), 404), (try await site.ask(path, .get), 405),
                (try await site.ask("/api/analytics/shop", .delete), 405),
                (try await site.ask(path, .post, body: "{"), 400), (try await site.ask(path, .post, body: big), 413),
                (try await site.ask(path, .post, body: "{}", headers: [.contentType: "text/csv"]), 415),
                (try await site.ask(path, .post, body: "{}"), 422), (try await site.ask(path, .post, body: "[]"), 400),
                (try await site.ask(path + "?range=7d", .post, body: "{}"), 400),
                (try await site.ask("/api/analytics/sessions?first=0"), 400),
                (try await site.ask("/api/analytics/sessions?cursor=abc"), 400),
                (try await site.ask("/api/analytics/sessions/xyz"), 404),
                (try await site.ask("/dashboard/nothing.js"), 404),
                (try await site.ask("/dashboard/../Package.swift"), 404),
            ]
            for (response, status) in cases {
                #expect(response.status.code == status, "\(response.text)")
                #expect(response.headers[.contentType] == "application/problem+json")
                #expect((response.json["request_id"] as? String)?.isEmpty == false)
                #expect(response.json["status"] as? Int == status)
            }
            #expect(cases[1].0.headers[.allow] == "POST, OPTIONS")
        }
    }

    @Test func `The document lists what the router answers, and only that`() async throws {
        try await Site.with { site in
            let document = try await site.ask("/openapi.json").json
            #expect(document["openapi"] as? String == "3.1.0")
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            #expect(paths.count >= 25)
            for (path, item) in paths {
                let concrete = path.replacing("{id}", with: "x").replacing("{file}", with: "index.html")
                let isGateways = item.values.contains { ($0 as? [String: Any])?["x-footfall-served-by"] != nil }
                #expect(isGateways == Self.gatewayPaths.contains(path), "\(path)")
                for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] where !isGateways {
                    let isDocumented = item[method.rawValue.lowercased()] != nil
                    let response = try await site.ask(concrete, method, key: "none")
                    #expect((response.status != .methodNotAllowed) == isDocumented, "\(method) \(path)")
                }
            }
            let names = paths.values.flatMap(\.values).compactMap { ($0 as? [String: Any])?["operationId"] as? String }
            #expect(Set(names).count == names.count)
            let text = try await site.ask("/openapi.json").text
            for part in text.split(separator: "#/components/schemas/").dropFirst() {
                let name = String(part.prefix { $0 != "\"" })
                let schemas = (document["components"] as? [String: Any])?["schemas"] as? [String: Any]
                #expect(schemas?[name] != nil, "\(name)")
            }
            let reference = try await site.ask("/docs").text
            for path in paths.keys { #expect(reference.contains(path)) }
        }
    }

    /// The ingest surface, which the gateway's own server answers before this router is asked.
    private static let gatewayPaths: Set = [
        "/v1/pixel/{account_id}", "/webhooks", "/apps/mattressai/session/start", "/apps/mattressai/event",
        "/apps/mattressai/lead", "/apps/mattressai/chat",
    ]

    @Test func `Pages of a list neither repeat nor lose an entry while others arrive`() async throws {
        try await Site.with { site in
            let start = instant("2026-11-19T10:00:00Z")
            try await site.world.project((0..<25).map { Visit($0, at: start + Int64($0 / 2) * 1000) }, at: 1)
            var (seen, cursor): ([String], String?) = ([], nil)
            for round in 0..<10 {
                let path = "/api/analytics/sessions?first=7" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await site.ask(path).json
                seen += try #require(page["items"] as? [[String: Any]]).compactMap { $0["id"] as? String }
                let info = try #require(page["page_info"] as? [String: Any])
                cursor = info["end_cursor"] as? String
                if info["has_next_page"] as? Bool == false { break }
                let fresh = Visit(100 + round, at: start + 3_600_000 + Int64(round))
                try await site.world.project([fresh], at: Int64(2 + round))
            }
            #expect(cursor == nil)
            #expect(seen.count == 25)
            #expect(Set(seen).count == 25)
            let one = try await site.ask("/api/analytics/sessions/\(seen[0])").json
            #expect((one["item"] as? [String: Any])?["id"] as? String == seen[0])
        }
    }

    @Test func `A visit that a late event makes begin earlier is no second one`() async throws {
        try await Site.with { site in
            let visits = [
                Visit(1, "2026-11-19T10:30:00Z", seconds: 60), Visit(2, "2026-11-19T10:25:00Z"),
                Visit(3, "2026-11-19T10:22:00Z"), Visit(4, "2026-11-19T10:10:00Z"),
            ]
            try await site.world.project(visits, at: 1)
            func page(_ cursor: String?) async throws -> (ids: [String], cursor: String?) {
                let path = "/api/analytics/sessions?first=1" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await site.ask(path).json
                let info = page["page_info"] as? [String: Any]
                return (
                    (page["items"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String },
                    info?["end_cursor"] as? String
                )
            }
            let first = try await page(nil)
            let earlier = Visit(1, "2026-11-19T10:20:00Z", seconds: 660)
            try await site.world.project([earlier], removing: [visits[0]], at: 2)
            // Its start moves below the cursor as well, but was not shown before.
            let third = Visit(3, "2026-11-19T10:15:00Z", seconds: 420)
            try await site.world.project([third], removing: [visits[2]], at: 3)
            var (seen, cursor) = first
            while let place = cursor {
                let next = try await page(place)
                seen += next.ids
                cursor = next.cursor
            }
            #expect(seen.count == 4)
            #expect(Set(seen.map { $0.prefix(32) }).count == 4)
            let one = try await site.ask("/api/analytics/sessions/\(first.ids[0])").json
            let item = try #require(one["item"] as? [String: Any])
            #expect(item["started_at"] as? String == "2026-11-19T10:20:00.000Z")
            let late = SessionAddress(visitor: Key128(high: 0x5151, low: 1), startedAt: instant("2026-11-19T10:31:01Z"))
            #expect(try await site.ask("/api/analytics/sessions/\(late.text)").status == .notFound)
        }
    }

    @Test func `A zone that is not known is said to be`() async throws {
        try await Site.with { site in
            func warnings(_ more: String) async throws -> Int? {
                let body = #"{"metrics":["sessions"],"date_range":"7d"\#(more)}"#
                let answer = try await site.ask("/api/analytics/query", .post, body: body)
                return ((answer.json["meta"] as? [String: Any])?["warnings"] as? [Any])?.count
            }
            try await site.world.pool.run { connection in
                try connection.execute("UPDATE registry.shop SET timezone = 'Mars/Olympus'")
            }
            #expect(try await warnings("") == 1)
            #expect(try await warnings(#","timezone":"UTC""#) == 0)
        }
    }

    @Test func `Leads have no contact data without an opener`() async throws {
        try await Site.with { site in
            try await site.world.pool.run { connection in
                for number in 1...3 {
                    try connection.execute(
                        """
                        INSERT INTO leads.lead (lane, shop_id, handle, handle_kind, version, id, first_seen_at, last_seen_at,
                            submissions, status, source, visitor, name_position, email_position, phone_position,
                            answers_position, state)
                        VALUES (1, 1, gen_random_uuid(), 1, 1, '00000000-0000-0000-0000-00000000000\(number)',
                            '2026-11-19T10:00Z', '2026-11-19T10:00Z', 1, 'new', '', gen_random_uuid(), 1, 1, 0, 0, '')
                        """)
                }
            }
            let first = try await site.ask("/api/analytics/leads?first=2").json
            let items = try #require(first["items"] as? [[String: Any]])
            #expect(items.count == 2)
            #expect(items[0]["email"] is NSNull)
            let cursor = try #require((first["page_info"] as? [String: Any])?["end_cursor"] as? String)
            let second = try await site.ask("/api/analytics/leads?first=2&cursor=\(cursor)").json
            #expect((second["items"] as? [[String: Any]])?.count == 1)
        }
    }
}

/// 1, 2, 3 and so on.
private final class Ticks: Sendable {
    private let last = Atomic<Int64>(0)
    func next() -> Int64 { last.add(1, ordering: .relaxed).newValue }
}
