import Foundation
import Simulator
import Testing

/// What the totals of a simulation do not hold is worked out from its plan, visit by visit.
extension TruthTests {
    /// Every unit of time but the day.
    func compareTimes(_ plan: SimulationPlan, _ asker: Asker) async throws {
        for unit in ["hour", "week", "month"] {
            let truth = counts(of: plan) { label($0, unit) }
            var seen: Set<String> = []
            for row in try await asker.query(Self.metrics, by: ["time:\(unit)"]).rows {
                let name = try #require(row[0] as? String)
                try expect(row, from: 1, are: truth[name] ?? TrueCounts(), name)
                seen.insert(name)
            }
            #expect(seen == Set(truth.keys), "\(unit): buckets")
        }
    }

    /// Crawlers alone, who are in no other number.
    func compareBots(_ totals: TrueTotals, _ asker: Asker) async throws {
        #expect(totals.bots.sessions > 0)
        let all = try await asker.query(Self.metrics, by: [], ["bots": "only"])
        try expect(all.rows.first ?? [], from: 0, are: totals.bots, "bots")
        for row in try await asker.query(Self.metrics, by: ["time:day"], ["bots": "only"]).rows {
            let day = try #require(row[0] as? String)
            try expect(row, from: 1, are: totals.botDays[day] ?? TrueCounts(), "bots of \(day)")
        }
        let both = try await asker.query(["sessions"], by: [], ["bots": "include"]).rows.first?.first as? Int
        #expect(both == totals.total.sessions + totals.bots.sessions)
    }

    /// The second half of the days beside the first.
    func compareHalves(_ totals: TrueTotals, _ plan: SimulationPlan, _ asker: Asker) async throws {
        let days = plan.calendar.days.map(\.label)
        let (first, second) = (days.prefix(days.count / 2), days.suffix(days.count / 2))
        func range(_ days: ArraySlice<String>) -> [String] { [days.first, days.last].compactMap(\.self) }
        let answer = try await asker.query(
            Self.metrics, by: ["time:day"],
            ["date_range": range(second), "compare": ["mode": "custom", "date_range": range(first)], "fill": true])
        #expect(answer.rows.map { $0[0] as? String } == Array(second))
        #expect(answer.compareRows.map { $0?[0] as? String } == Array(first))
        for row in answer.rows + answer.compareRows.compactMap(\.self) {
            let day = try #require(row[0] as? String)
            try expect(row, from: 1, are: totals.days[day] ?? TrueCounts(), day)
        }
        let halves = counts(of: plan) { first.contains(label($0, "day")) ? "first" : "second" }
        let (before, now) = (try #require(halves["first"]), try #require(halves["second"]))
        try expect(answer.totals, from: 1, are: now, "second half")
        try expect(answer.compareTotals, from: 1, are: before, "first half")
        let change = (Double(now.sessions) - Double(before.sessions)) / Double(before.sessions)
        #expect(abs((answer.changeTotals[1]?["change"] as? Double ?? .nan) - change) < 1e-9)
    }

    /// Events by what they are about.
    func compareEvents(_ totals: TrueTotals, _ asker: Asker) async throws {
        let names = try await asker.query(["events"], by: ["event:name"]).rows
        #expect(try Self.dictionary(names) == totals.eventNames.mapValues { [$0] })
        let pages = try await asker.query(["pageviews"], by: ["event:page"]).rows.filter { $0[1] as? Int != 0 }
        #expect(try Self.dictionary(pages) == totals.pages.mapValues { [$0] })
        let metrics = ["events", "product_views", "add_to_carts", "checkouts", "purchases"]
        for dimension in ["event:product", "event:variant", "event:collection", "event:search_term"] {
            let truth = try #require(totals.eventValues[dimension]).mapValues {
                [$0.events, $0.productViews, $0.addToCarts, $0.checkouts, $0.purchases]
            }
            let rows = try await asker.query(metrics, by: [dimension]).rows.filter { $0[0] is String }
            let found = try Self.dictionary(rows)
            #expect(Set(found.keys) == Set(truth.keys), "\(dimension): values")
            for (value, numbers) in truth { #expect(found[value] == numbers, "\(dimension) \(value)") }
        }
    }

    /// Rows by their first cell, an empty text for null; none may come twice.
    static func dictionary(_ rows: [[Any]]) throws -> [String: [Int]] {
        let pairs = try rows.map { row in
            (row[0] as? String ?? "", try #require(Array(row.dropFirst()) as? [Int]))
        }
        #expect(Set(pairs.map(\.0)).count == pairs.count)
        return Dictionary(pairs) { first, _ in first }
    }

    /// The counts of shoppers' visits by a label of their starts; what happened is counted by its own time.
    private func counts(of plan: SimulationPlan, by label: (Int64) -> String) -> [String: TrueCounts] {
        let shoppers = plan.sessions.filter { !$0.isBot }
        var counts: [String: TrueCounts] = [:]
        for name in Set(shoppers.map { label($0.start) }) {
            counts[name] = plan.totals { !$0.isBot && label($0.start) == name }.total
        }
        for name in counts.keys { counts[name]?.activity = TrueActivity() }
        for step in shoppers.flatMap(\.steps) {
            counts[label(step.time), default: TrueCounts()].activity += step.activity
        }
        return counts
    }

    /// What the shop's clock and calendar call an instant.
    private func label(_ millis: Int64, _ unit: String) -> String {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = Self.zone
        let date = Date(timeIntervalSince1970: Double(millis) / 1000)
        let week = calendar.dateInterval(of: .weekOfYear, for: date)?.start ?? date
        let parts = calendar.dateComponents([.year, .month, .day, .hour], from: unit == "week" ? week : date)
        func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        let month = "\(parts.year ?? 0)-\(two(parts.month))"
        let offset = Self.zone.secondsFromGMT(for: date) / 3600
        return switch unit {
        case "month": month
        case "hour": "\(month)-\(two(parts.day))T\(two(parts.hour)):00+\(two(offset)):00"
        default: "\(month)-\(two(parts.day))"
        }
    }
}
