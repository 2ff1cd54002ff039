import Foundation
import Simulator
import Testing

/// A simulated shop with duplicates, reordering, late events and replays: every number that the endpoints answer equals
/// the simulator's truth, before and after everything is sent again and before and after a rebuild.
@Suite(.serialized) struct TruthTests {
    static let zone = TimeZone(identifier: "Europe/Berlin") ?? .gmt
    /// Where both simulations end.
    private static let until = "2026-11-18T22:00:00Z"
    private static let days = 6
    private static let rate = 60

    @Test(.timeLimit(.minutes(10)))
    func endpointsAnswerTheTruth() async throws {
        try await Deployment.run { deployment in
            try deployment.start(.all)
            let domain = "truth.myshopify.com"
            let asker = try await ask(deployment, domain)
            let totals = try simulate(deployment, domain, seed: 7)
            let plan = try plan(domain, seed: 7)
            try await asker.waitUntilComplete()
            try await compare(totals, plan, asker)

            for name in ["sessions", "pages", "leads", "shops", "orders", "products", "customers", "carts", "subjects"]
            {
                try deployment.command("projections", "rebuild", name)
            }
            try await compare(totals, plan, asker)
        }
    }

    /// Each start of a widget session is one of its own, so what is sent twice is everything else.
    @Test(.timeLimit(.minutes(10)))
    func sendingEverythingAgainChangesNothing() async throws {
        try await Deployment.run { deployment in
            try deployment.start(.all)
            let domain = "again.myshopify.com"
            let asker = try await ask(deployment, domain)
            let plan = try plan(domain, seed: 11, widget: false)
            for _ in 0..<2 {
                let totals = try simulate(deployment, domain, seed: 11, "--no-widget")
                try await asker.waitUntilComplete()
                try await compare(totals, plan, asker)
            }
        }
    }

    /// A shop is in a zone that queries know, or it is not added.
    @Test(arguments: [("PST", true), ("GMT+2", true), ("Berlin", true), ("Japan", false), ("Europe/Berlin", false)])
    func aShopsZoneIsOneOfTheDatabases(zone: String, isWrongUsage: Bool) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "footfall-none-\(UUID().uuidString)")
        let words = ["shop", "add", "z.myshopify.com", "--timezone", zone, "--currency", "EUR", "--data", folder.path]
        // Without stores nothing is added, whatever the zone.
        let status = try FootfallProcess.run(words, environment: [:]).status
        #expect((status == 2) == isWrongUsage, "\(status)")
    }

    private func ask(_ deployment: Deployment, _ domain: String) async throws -> Asker {
        _ = try deployment.addShop(domain)
        let asker = Asker(deployment, key: try deployment.makeKey(domain))
        try await asker.waitUntilReady()
        return asker
    }

    private func simulate(
        _ deployment: Deployment, _ domain: String, seed: UInt64, _ more: String...
    ) throws -> TrueTotals {
        let output = try deployment.command(
            ["simulate", "--shop", domain, "--days", "\(Self.days)", "--rate", "\(Self.rate)", "--until", Self.until]
                + ["--seed", "\(seed)", "--forwarded", "--url", deployment.url(.all, "")] + more)
        return try JSONDecoder().decode(TrueTotals.self, from: Data(output.utf8))
    }

    /// The plan that the command makes of the same options.
    private func plan(_ domain: String, seed: UInt64, widget: Bool = true) throws -> SimulationPlan {
        let until = try Date(Self.until, strategy: .iso8601)
        var options = PlanOptions(
            seed: seed, shop: domain, storefrontHost: domain, endingAt: Int64(until.timeIntervalSince1970) * 1000)
        options.currency = "EUR"
        options.timezone = Self.zone.identifier
        options.countryHeader = "CF-IPCountry"
        options.days = Self.days
        options.sessionsPerDay = Double(Self.rate)
        if !widget { options.shareWidget = 0 }
        return try SimulationPlan(options)
    }

    static let metrics = [
        "sessions", "visitors", "pageviews", "events", "bounce_rate", "engaged_sessions", "session_conversion_rate",
        "visitor_conversion_rate", "product_views", "add_to_carts", "checkouts", "purchases", "leads", "lead_rate",
        "visit_duration", "visit_duration_median", "views_per_session", "engagement_rate",
    ]

    private func compare(_ totals: TrueTotals, _ plan: SimulationPlan, _ asker: Asker) async throws {
        #expect(plan.totals.total == totals.total, "the plan is not the command's")
        let all = try await asker.query(Self.metrics, by: [])
        try expect(all.rows.first ?? [], from: 0, are: totals.total, "in all")
        for row in try await asker.query(Self.metrics, by: ["time:day"], ["fill": true]).rows {
            let day = try #require(row[0] as? String)
            try expect(row, from: 1, are: totals.days[day] ?? TrueCounts(), day)
        }
        for (dimension, values) in totals.dimensions.sorted(by: { $0.key < $1.key }) {
            let answer = try await asker.query(Self.metrics, by: [dimension])
            let rows = answer.rows.filter { ($0[1] as? Int ?? 0) > 0 }
            #expect(rows.count == values.values.count { $0.sessions > 0 }, "\(dimension): number of values")
            for row in rows {
                let name = Self.name(row[0], of: dimension)
                try expect(row, from: 1, are: values[name] ?? TrueCounts(), "\(dimension) \(name)")
            }
        }
        try await compareTimes(plan, asker)
        try await compareBots(totals, asker)
        try await compareHalves(totals, plan, asker)
        try await compareEvents(totals, asker)
        try await compareSales(totals, asker)
        try await compareSessions(plan, asker)
        try await compareLeads(totals, asker)
        try await compareShop(totals, plan, asker)
    }

    /// How the truth names a cell: an empty text for none.
    private static func name(_ cell: Any, of dimension: String) -> String {
        if let flag = cell as? Bool, dimension == "visit:returning" { return flag ? "true" : "false" }
        return cell as? String ?? ""
    }

    func expect(_ row: [Any], from first: Int, are truth: TrueCounts, _ comment: String) throws {
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
            ("views_per_session", [truth.activity.pageviews, truth.sessions]),
            ("engagement_rate", [truth.engagedSessions, truth.sessions]),
        ]
        for (metric, value) in ratios { #expect(cells[metric] as? [Int] == value, "\(comment): \(metric)") }
        guard truth.sessions > 0 else { return }
        let mean = Double(truth.durationSumMillis) / 1000 / Double(truth.sessions)
        #expect(abs((cells["visit_duration"] as? Double ?? -1) - mean) < 1e-6, "\(comment): duration")
        let median = truth.durationMedianMillis / 1000
        #expect(abs((cells["visit_duration_median"] as? Double ?? -1) - median) < 1e-6, "\(comment): median")
    }
}
