import Endpoints
import EventModel
import Foundation
import HTTPTypes
import HummingbirdTesting
import Postgres
import ReadModels
import Testing

/// Health, metrics, the page, other origins, and the stream of what happens now.
@Suite struct OperationTests {
    @Test func `Health says how it stands with each dependency`() async throws {
        try await Site.with { site in
            #expect(try await site.ask("/health/live", key: "none").status == .ok)
            let ready = try await site.ask("/health/ready", key: "none")
            #expect(ready.status == .ok)
            let names = (ready.json["checks"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
            #expect(names == ["postgres", "projections", "stores"])
            try await site.world.pool.run { connection in
                try connection.execute("ALTER SCHEMA sessions RENAME TO away")
            }
            #expect(try await site.ask("/health/ready", key: "none").status == .serviceUnavailable)
            #expect(try await site.ask("/api/analytics/realtime").status == .serviceUnavailable)
        }
    }

    @Test func `A process without the api role shows health and metrics only`() async throws {
        try await Site.with(configure: { $0.servesData = false }) { site async throws in
            for path in ["/health/live", "/health/ready", "/metrics"] {
                #expect(try await site.ask(path, key: "none").status == .ok, "\(path)")
            }
            for path in ["/api/analytics/leads", "/api/analytics/shop", "/api/privacy/requests", "/app", "/dashboard/"]
            {
                #expect(try await site.ask(path).status == .notFound, "\(path)")
            }
        }
    }

    @Test func `A histogram is one family`() async throws {
        let samples = [("bucket", 2.0), ("sum", 0.5), ("count", 2)].map { name, value in
            MetricSample(
                "footfall_test_seconds_\(name)", .histogram, "A test.",
                labels: name == "bucket" ? [("le", "+Inf")] : [], value: value)
        }
        try await Site.with(configure: { $0.samples = [{ samples }] }) { site in
            let text = try await site.ask("/metrics", key: "none").text
            #expect(
                text.contains(
                    """
                    # TYPE footfall_test_seconds histogram
                    footfall_test_seconds_bucket{le="+Inf"} 2
                    footfall_test_seconds_sum 0.5
                    footfall_test_seconds_count 2

                    """))
        }
    }

    @Test func `Metrics are Prometheus text without shops`() async throws {
        try await Site.with { site in
            _ = try await site.ask("/api/analytics/shop?shop=\(World.domain)")
            let metrics = try await site.ask("/metrics", key: "none")
            #expect(metrics.headers[.contentType]?.hasPrefix("text/plain") == true)
            #expect(metrics.text.contains("# TYPE footfall_test_total counter\nfootfall_test_total 3\n"))
            #expect(metrics.text.contains(#"footfall_http_requests_total{route="/api/analytics/shop""#))
            #expect(!metrics.text.contains("mattress"))
        }
    }

    @Test func `The page has a strict policy`() async throws {
        try await Site.with { site in
            let root = try await site.ask("/", key: "none")
            #expect(root.status == .found)
            #expect(root.headers[.location] == "/dashboard/")
            let page = try await site.ask("/dashboard/", key: "none")
            let name = try #require(HTTPField.Name("Content-Security-Policy"))
            let policy = try #require(page.headers[name])
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            let style = try await site.ask("/dashboard/styles/base.css", key: "none")
            #expect(style.headers[.contentType] == "text/css; charset=utf-8")
        }
    }

    @Test func `Only named origins are let in`() async throws {
        try await Site.with { site in
            let allow = try #require(HTTPField.Name("Access-Control-Allow-Origin"))
            func header(_ origin: String, _ path: String, _ method: HTTPRequest.Method) async throws -> String? {
                try await site.ask(path, method, headers: [.origin: origin]).headers[allow]
            }
            let path = "/api/analytics/metadata"
            #expect(try await header("https://admin.example.com", path, .get) == "https://admin.example.com")
            #expect(try await header("https://admin.example.com", path, .options) == "https://admin.example.com")
            #expect(try await header("https://admin.example.com", "/api/analytics/nothing", .get) != nil)
            #expect(try await header("https://evil.example.com", path, .get) == nil)
            #expect(try await header("null", path, .get) == nil)
            #expect(try await header("https://admin.example.com", "/metrics", .get) == nil)
            #expect(try await site.ask(path, .options, key: "none").status == .noContent)
        }
    }

    /// Puts events of visitors into the log, one a position.
    private func log(_ site: Site, _ events: [(visitor: Int, page: String?, clock: String)]) async throws {
        try await site.world.pool.run { connection in
            try connection.execute("SELECT log.ensure_partition('2026-11-20Z')")
            try connection.execute("INSERT INTO log.kind (name) VALUES ('page_viewed')")
            for (index, event) in events.enumerated() {
                _ = try connection.query(
                    """
                    INSERT INTO log.event (position, received_at, occurred_at, content, key, visitor, shop_id, kind, lane,
                        country, source, visitor_kind, flags, dictionary, payload, sealed)
                    SELECT $1, '2026-11-20T11:59:30Z', $2, 0, gen_random_uuid(), $3, 1, id, 1, 0, 1::"char", 1::"char", 0::"char", 0::"char", $4, ''
                    FROM log.kind WHERE name = 'page_viewed'
                    """,
                    [
                        .int8(Int64(index) + 1), .timestamp(instant("2026-11-20T\(event.clock)Z")),
                        .uuid(0x5151, UInt64(event.visitor)), .bytes(payload(page: event.page)),
                    ])
            }
            try connection.execute(
                """
                INSERT INTO log.batch (lane, first_position, event_count, received_count, duplicate_count, quarantined_count,
                    refused_count, sequence, appended_at, hash, accounting)
                VALUES (1, 1, \(events.count), \(events.count), 0, 0, 0, 1, '2026-11-20T11:59:00Z', '', '');
                UPDATE sessions.checkpoint SET position = \(events.count) WHERE lane = 1
                """)
        }
    }

    @Test func `Now is the last five minutes and the last half hour`() async throws {
        try await Site.with { site in
            var bot = Visit(9, "2026-11-20T11:58:00Z", flags: 1)
            bot.texts = ["exit_page": "/bot"]
            try await site.world.project(
                [
                    Visit(1, "2026-11-20T11:50:00Z", seconds: 420, ["exit_page": "/cart", "source": "Google"]),
                    Visit(2, "2026-11-20T11:59:00Z", ["exit_page": "/cart"]), Visit(3, "2026-11-20T11:00:00Z"), bot,
                ], at: 3)
            try await log(
                site,
                [
                    (1, "/first?a=1", "11:50:00"), (2, "/cart", "11:59:00"), (9, "/bot", "11:58:00"),
                    (1, "/cart", "11:57:00"),
                    // Told late: it is not now.
                    (3, "/late", "11:00:00"),
                    (2, nil, "11:59:10"),
                ])
            let now = try await site.ask("/api/analytics/realtime").json
            #expect(now["visitors_now"] as? Int == 2)
            #expect(now["sessions_now"] as? Int == 2)
            let minutes = try #require(now["per_minute"] as? [Int])
            #expect(minutes.count == 30)
            #expect(minutes[19] == 1 && minutes[26] == 1 && minutes[28] == 2)
            #expect(now["pageviews_30m"] as? Int == 4)
            let recent = try #require(now["recent"] as? [[String: Any]])
            #expect(recent.map { $0["page"] as? String } == [nil, "/cart", "/cart", "/first"])
            let times = recent.map { $0["at"] as? String ?? "" }
            #expect(times == times.sorted(by: >))
            #expect((now["pages"] as? [[String: Any]])?.first?["visitors"] as? Int == 2)
        }
    }
}
