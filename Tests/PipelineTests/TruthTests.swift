import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Simulator
import Testing

/// A simulated shop with duplicates, reordering, late events and replays: every number that the endpoints answer equals
/// the simulator's truth, before and after everything is sent again and before and after a rebuild.
@Suite(.serialized) struct TruthTests {
    static let domain = "truth.myshopify.com"

    @Test(.timeLimit(.minutes(10)))
    func endpointsAnswerTheTruth() async throws {
        try await Deployment.run { deployment in
            try deployment.start(.all)
            let asker = try await ask(deployment, Self.domain)
            let totals = try simulate(deployment, Self.domain, "--seed", "7")
            try await asker.waitUntilComplete()
            try await compare(totals, asker)

            for name in ["sessions", "pages", "leads", "shops", "orders", "products", "customers", "carts", "subjects"]
            {
                try deployment.command("projections", "rebuild", name)
            }
            try await compare(totals, asker)
        }
    }

    /// Each start of a widget session is one of its own, so what is sent twice is everything else.
    @Test(.timeLimit(.minutes(10)))
    func sendingEverythingAgainChangesNothing() async throws {
        try await Deployment.run { deployment in
            try deployment.start(.all)
            let asker = try await ask(deployment, "again.myshopify.com")
            for _ in 0..<2 {
                let totals = try simulate(deployment, "again.myshopify.com", "--seed", "11", "--no-widget")
                try await asker.waitUntilComplete()
                try await compare(totals, asker)
            }
        }
    }

    private func ask(_ deployment: Deployment, _ domain: String) async throws -> Asker {
        _ = try deployment.addShop(domain)
        let asker = Asker(deployment, key: try deployment.makeKey(domain))
        try await asker.waitUntilReady()
        return asker
    }

    private func simulate(_ deployment: Deployment, _ domain: String, _ more: String...) throws -> TrueTotals {
        let output = try deployment.command(
            ["simulate", "--shop", domain, "--days", "6", "--rate", "60", "--until", "2026-11-18T22:00:00Z"]
                + ["--forwarded", "--url", deployment.url(.all, "")] + more)
        return try JSONDecoder().decode(TrueTotals.self, from: Data(output.utf8))
    }

    private static let metrics = [
        "sessions", "visitors", "pageviews", "events", "bounce_rate", "engaged_sessions", "session_conversion_rate",
        "visitor_conversion_rate", "product_views", "add_to_carts", "checkouts", "purchases", "leads", "lead_rate",
        "visit_duration", "visit_duration_median",
    ]

    private func compare(_ totals: TrueTotals, _ asker: Asker) async throws {
        let all = try await asker.query(Self.metrics, by: [])
        try expect(all.rows.first ?? [], from: 0, are: totals.total, "in all")
        for row in try await asker.query(Self.metrics, by: ["time:day"]).rows {
            let day = try #require(row[0] as? String)
            try expect(row, from: 1, are: totals.days[day] ?? TrueCounts(), day)
        }
        for (dimension, values) in totals.dimensions.sorted(by: { $0.key < $1.key }) {
            let answer = try await asker.query(["sessions", "visitors", "pageviews", "bounce_rate"], by: [dimension])
            let rows = answer.rows.filter { ($0[1] as? Int ?? 0) + ($0[3] as? Int ?? 0) > 0 }
            #expect(rows.count == values.values.count { $0.sessions > 0 }, "\(dimension): number of values")
            for row in rows {
                let name = Self.name(row[0], of: dimension)
                let counts = values[name] ?? TrueCounts()
                #expect(row[1] as? Int == counts.sessions, "\(dimension) \(name): sessions")
                #expect(row[2] as? Int == counts.visitors, "\(dimension) \(name): visitors")
                #expect(row[3] as? Int == counts.activity.pageviews, "\(dimension) \(name): pageviews")
                #expect(row[4] as? [Int] == [counts.bounces, counts.sessions], "\(dimension) \(name): bounces")
            }
        }
        for row in try await asker.query(["events"], by: ["event:name"]).rows {
            let name = try #require(row[0] as? String)
            #expect(row[1] as? Int == totals.eventNames[name], "event \(name)")
        }
        for row in try await asker.query(["pageviews"], by: ["event:page"]).rows where row[1] as? Int != 0 {
            let page = try #require(row[0] as? String)
            #expect(row[1] as? Int == totals.pages[page], "page \(page)")
        }
        try await compareSales(totals, asker)
    }

    private static let sales = [
        "orders", "units", "gross_sales", "discounts", "returns", "net_sales", "taxes", "shipping", "total_sales",
    ]

    private func compareSales(_ totals: TrueTotals, _ asker: Asker) async throws {
        func numbers(_ truth: TrueOrders) -> [Int] {
            [
                truth.orders, truth.units, truth.grossSales, truth.discounts, truth.returns, truth.netSales,
                truth.taxes, truth.shipping, truth.totalSales,
            ]
        }
        let all = try await asker.query(Self.sales, by: []).rows.first
        #expect(all as? [Int] == numbers(totals.orders))
        let days = try await asker.query(Self.sales, by: ["time:day"]).rows
        #expect(days.count == totals.orderDays.count)
        for row in days {
            let day = try #require(row[0] as? String)
            let truth = try #require(totals.orderDays[day])
            #expect(Array(row.dropFirst()) as? [Int] == numbers(truth), "\(day)")
        }
        for row in try await asker.query(["orders"], by: ["order:source"]).rows {
            let source = try #require(row[0] as? String)
            #expect(row[1] as? Int == totals.orders.bySource[source], "orders of \(source)")
        }
    }

    /// How the truth names a cell: an empty text for none.
    private static func name(_ cell: Any, of dimension: String) -> String {
        if let flag = cell as? Bool, dimension == "visit:returning" { return flag ? "true" : "false" }
        return cell as? String ?? ""
    }

    private func expect(_ row: [Any], from first: Int, are truth: TrueCounts, _ comment: String) throws {
        let cells = Dictionary(uniqueKeysWithValues: zip(Self.metrics, row.dropFirst(first)))
        let counts: [(String, Int)] = [
            ("sessions", truth.sessions), ("visitors", truth.visitors), ("pageviews", truth.activity.pageviews),
            ("events", truth.activity.events), ("engaged_sessions", truth.engagedSessions),
            ("product_views", truth.activity.productViews), ("add_to_carts", truth.activity.addToCarts),
            ("checkouts", truth.activity.checkouts), ("purchases", truth.activity.purchases),
            ("leads", truth.newLeadsOfSessions),
        ]
        for (metric, value) in counts { #expect(cells[metric] as? Int == value, "\(comment): \(metric)") }
        let ratios: [(String, [Int])] = [
            ("bounce_rate", [truth.bounces, truth.sessions]),
            ("session_conversion_rate", [truth.conversions, truth.sessions]),
            ("visitor_conversion_rate", [truth.convertedVisitors, truth.visitors]),
            ("lead_rate", [truth.sessionsWithLead, truth.sessions]),
        ]
        for (metric, value) in ratios { #expect(cells[metric] as? [Int] == value, "\(comment): \(metric)") }
        guard truth.sessions > 0 else { return }
        let mean = Double(truth.durationSumMillis) / 1000 / Double(truth.sessions)
        #expect(abs((cells["visit_duration"] as? Double ?? -1) - mean) < 1e-6, "\(comment): duration")
        let median = truth.durationMedianMillis / 1000
        #expect(abs((cells["visit_duration_median"] as? Double ?? -1) - median) < 1e-6, "\(comment): median")
    }
}

/// Asks a deployment's endpoints.
struct Asker {
    struct Answer {
        let rows: [[Any]]
        let completeUntil: String
    }

    private let deployment: Deployment
    private let key: String

    init(_ deployment: Deployment, key: String) {
        self.deployment = deployment
        self.key = key
    }

    func query(_ metrics: [String], by dimensions: [String]) async throws -> Answer {
        let body: [String: Any] = [
            "metrics": metrics, "dimensions": dimensions, "date_range": ["2026-10-01", "2026-11-30"], "limit": 10_000,
        ]
        let answer = try await send(.POST, "/api/analytics/query", body)
        let meta = answer["meta"] as? [String: Any]
        return Answer(
            rows: answer["rows"] as? [[Any]] ?? [], completeUntil: meta?["complete_until"] as? String ?? "")
    }

    func waitUntilReady() async throws {
        let url = deployment.url(.all, "/health/ready")
        let ready = await eventually(within: patience) {
            (try? await HTTPClient.shared.get(url: url).get().status) == .ok  // refused until it listens
        }
        try #require(ready, "never ready: \(deployment.process(.all)?.printed() ?? "")")
    }

    /// Until everything answered before now is in the read models.
    func waitUntilComplete() async throws {
        let now = Date().addingTimeInterval(0.001).ISO8601Format(.init(includingFractionalSeconds: true))
        let complete = try await eventually(within: patience) {
            try await query(["events"], by: []).completeUntil >= now
        }
        try #require(complete, "read models never caught up")
    }

    private func send(_ method: HTTPMethod, _ path: String, _ body: [String: Any]) async throws -> [String: Any] {
        var request = HTTPClientRequest(url: deployment.url(.all, path))
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(key)")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body)))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let text = String(buffer: bytes)
        try #require(response.status == .ok, "\(path): \(response.status.code) \(text)")
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
}
