internal import Foundation
internal import Postgres

/// Answers for a shop with a million sessions and ten million events over HTTP, none of them from a kept answer.
struct QueryFigures {
    let rig: Rig

    private var sessions: Int { rig.options.isQuick ? 200_000 : 1_000_000 }
    private var questions: Int { rig.options.isQuick ? 100 : 300 }

    func take() async throws -> [Figure] {
        let shop = try await rig.addShop("big")
        let key = try await rig.makeKey()
        rig.context.say("inserting \(sessions) sessions")
        let table = SyntheticSessions(lane: shop.lane, shop: shop.id, count: sessions)
        try await rig.postgres.run { try table.insert($0) }
        var figures: [Figure] = []
        try await rig.start("api")
        for (id, goal, question) in Self.questions(shop.shop) where rig.options.wants(id) {
            rig.context.say(id.rawValue)
            figures.append(try await ask(id, goal, question, key: key))
        }
        return figures
    }

    private static func questions(_ shop: String) -> [(FigureID, Double, String)] {
        [
            (
                .querySeries, 20,
                #"""
                {"shop":"\#(shop)","metrics":["visitors","sessions","pageviews","session_conversion_rate"],
                "dimensions":["time:day"],"date_range":"28d"}
                """#
            ),
            (
                .queryBreakdown, 30,
                #"""
                {"shop":"\#(shop)","metrics":["visitors","sessions","pageviews","session_conversion_rate"],
                "dimensions":["visit:referrer"],"date_range":"28d","filters":[["is","visit:device",["mobile"]],
                ["is_not","visit:country",["US"]],["contains","visit:entry_page",["/products/"]]]}
                """#
            ),
        ]
    }

    private func ask(_ id: FigureID, _ goal: Double, _ question: String, key: String) async throws -> Figure {
        let url = "http://127.0.0.1:\(rig.port("api"))/api/analytics/query"
        let load = try await MachineLoad.now()
        let cold = try await millis(url, key, question)
        // Both workers of the engine load the shop.
        for _ in 0..<10 { _ = try await millis(url, key, question) }
        var tails: [Double] = []
        var parts: [[String: Double]] = []
        for _ in 0..<rig.options.samples {
            var all: [Double] = []
            for _ in 0..<questions / rig.options.samples { all.append(try await millis(url, key, question)) }
            tails.append(all.quantile(0.99))
            parts.append(["p50_ms": all.median, "max_ms": all.max() ?? 0])
        }
        parts.append([
            "first_ms": cold, "resident_MB": ProcessUsage.residentBytes(of: rig.processID("api")) / 1_048_576,
        ])
        return Figure(
            id, unit: "ms", goal: goal, lowerIsBetter: true, samples: tails, parts: parts, load: load,
            note: "p99 over HTTP, \(sessions) sessions, 10 events each; first_ms loads the shop where nobody has yet")
    }

    private func millis(_ url: String, _ key: String, _ question: String) async throws -> Double {
        let start = ContinuousClock.now
        let answer = try await BenchClient.post(url, key: key, question)
        guard answer.status == 200 else {
            throw BenchError("a query answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
        return (ContinuousClock.now - start).seconds * 1000
    }
}
