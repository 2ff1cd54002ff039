import Foundation
import ReadModels
import Testing

/// Random shops and questions: the engine's rows are those of the plain reference, at once and after every change.
@Suite struct RandomQueryTests {
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    private static let values: [String: [String]] = [
        "source": ["", "Google", "Bing", "Klaviyo"], "country": ["", "DE", "US"], "device": ["mobile", "desktop"],
    ]
    private static let zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]

    private func visit(_ random: inout Seeded) -> Visit {
        // Around the clock change of Berlin and New York in autumn 2026.
        let start = instant("2026-10-22T00:00:00Z") + Int64.random(in: 0..<12 * 86_400_000, using: &random)
        let seconds = Double(Int.random(in: 0...7_200_000, using: &random)) / 1000
        var visit = Visit(
            Int.random(in: 0..<25, using: &random), at: start, seconds: seconds,
            flags: Int32.random(in: 0..<64, using: &random) & (Bool.random(using: &random) ? 62 : 63))
        for (column, values) in Self.values { visit.texts[column] = values.randomElement(using: &random) }
        visit.leads = Int32.random(in: 0...2, using: &random)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let counts = (0..<5).map { _ in Int64.random(in: 0...3, using: &random) }
            let at = start + Int64.random(in: 0...Int64(seconds * 1000), using: &random)
            visit.activity.append((at, [counts.reduce(0, +) + Int64.random(in: 0...2, using: &random)] + counts))
        }
        return visit
    }

    private func question(_ random: inout Seeded) -> ReferenceQuery.Question {
        let first = Int.random(in: 20...31, using: &random)
        var filters: [[(column: String, value: String)]] = []
        var excluded = filters
        for column in Self.values.keys.sorted() where Int.random(in: 0..<3, using: &random) == 0 {
            let chosen = (Self.values[column] ?? []).filter { _ in Bool.random(using: &random) }.map { (column, $0) }
            if chosen.isEmpty { continue }
            if Int.random(in: 0..<3, using: &random) == 0 { excluded.append(chosen) } else { filters.append(chosen) }
        }
        return ReferenceQuery.Question(
            zone: Self.zones.randomElement(using: &random) ?? "UTC", first: "2026-10-\(first)",
            last: first < 31 && Bool.random(using: &random) ? "2026-10-31" : "2026-11-03",
            columns: Self.values.keys.sorted().filter { _ in Int.random(in: 0..<3, using: &random) == 0 },
            byDay: Bool.random(using: &random), filters: filters, excluded: excluded,
            bots: ["exclude", "exclude", "include", "only"].randomElement(using: &random) ?? "")
    }

    private func text(_ question: ReferenceQuery.Question, extra: String = "") -> String {
        let dimensions = (question.byDay ? ["time:day"] : []) + question.columns.map { "visit:" + $0 }
        func condition(_ operation: String, _ filter: [(column: String, value: String)]) -> String {
            let values = filter.map { "\"\($0.value)\"" }.joined(separator: ",")
            return #"["\#(operation)","visit:\#(filter[0].column)",[\#(values)]]"#
        }
        // What is excluded is said in two ways.
        let filters =
            question.filters.map { condition("is", $0) }
            + question.excluded.map { $0.count == 1 ? condition("is_not", $0) : #"["not",\#(condition("is", $0))]"# }
        func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ",") }
        return """
            {"metrics":[\(list(ReferenceQuery.metrics))],"dimensions":[\(list(dimensions))],
            "date_range":["\(question.first)","\(question.last)"],"timezone":"\(question.zone)","limit":10000,
            "filters":[\(filters.joined(separator: ","))],"bots":"\(question.bots)"\(extra)}
            """
    }

    private func check(
        _ asking: Asking, _ visits: [Visit], _ random: inout Seeded, questions: Int = 25
    ) async throws {
        for _ in 0..<questions {
            let question = question(&random)
            let reference = ReferenceQuery(question, visits)
            let answer = try await asking(text(question))
            let places = answer.columns.count - ReferenceQuery.metrics.count
            var found: [String: String] = [:]
            for row in answer.rows { found[texts(Array(row[..<places]))] = texts(Array(row[places...])) }
            var expected = reference.rows()
            if places == 0, expected.isEmpty { expected[""] = reference.total() }
            #expect(found == expected.filter { places == 0 || !Self.isZero($0.value) }, "\(question)")
            #expect(texts(Array(answer.totals[places...])) == reference.total(), "\(question)")
        }
    }

    private static func isZero(_ row: String) -> Bool {
        row.allSatisfy { "0/. nul".contains($0) }
    }

    @Test(arguments: [1, 2, 3, 4])
    func `Every number is the reference's, also after changes`(seed: UInt64) async throws {
        try await World.with { world in
            var random = Seeded(state: seed)
            var visits: [String: Visit] = [:]
            func name(_ visit: Visit) -> String { "\(visit.visitor)/\(visit.startedAt)" }
            for _ in 0..<150 {
                let visit = visit(&random)
                visits[name(visit)] = visit
            }
            try await world.project(Array(visits.values), at: 10)
            let asking = Asking(world)
            try await check(asking, Array(visits.values), &random)
            for round in 1...3 {
                let gone = visits.values.sorted { name($0) < name($1) }.filter { _ in
                    Int.random(in: 0..<6, using: &random) == 0
                }
                for visit in gone { visits[name(visit)] = nil }
                var changed: [Visit] = []
                for old in visits.values.sorted(by: { name($0) < name($1) }) where Bool.random(using: &random) {
                    var next = old
                    let fresh = visit(&random)
                    (next.seconds, next.flags, next.texts["source"]) = (
                        fresh.seconds, fresh.flags, fresh.texts["source"]
                    )
                    next.activity += [(old.startedAt, [2, 1, 0, 0, 0, 0])]
                    changed.append(next)
                }
                changed += (0..<20).map { _ in visit(&random) }
                for visit in changed { visits[name(visit)] = visit }
                try await world.project(changed, removing: gone, at: Int64(10 + 10 * round))
                try await check(asking, Array(visits.values), &random)
            }
            // The incremental view and one read anew agree.
            try await check(Asking(world), Array(visits.values), &random)
        }
    }

    /// More rows than the engine's loops work on together, among them sessions that are as long and as busy as any.
    @Test func `A shop of many sessions is counted as a small one is`() async throws {
        try await World.with { world in
            var random = Seeded(state: 21)
            var visits = (0..<100).map { _ in visit(&random) }
            var busy = Visit(999, "2026-10-24T13:07:00Z", seconds: 86_399, flags: 12)
            busy.activity = [
                (busy.startedAt, [67_000, 66_000, 600, 0, 1, 2]),
                (busy.startedAt + 43_200_000, [300, 0, 0, 300, 0, 0]),
                (busy.startedAt + 86_399_000, [1, 1, 0, 0, 0, 0]),
            ]
            visits.append(busy)
            for place in visits.indices { visits[place].leads = 0 }
            try await world.project(visits, at: 5)
            let copies = 90
            try await world.multiplySessions(by: copies)
            let all = (0..<copies).flatMap { copy in
                visits.map { visit in
                    var visit = visit
                    visit.visitor += copy * World.visitorsBetweenCopies
                    return visit
                }
            }
            let asking = Asking(world)
            try await check(asking, all, &random, questions: 6)
            // Rows go from everywhere, and others come in their places and behind the last that start anywhere.
            let gone = Set(stride(from: 0, to: all.count, by: 90))
            let fresh = (0..<200).map { number in
                var visit = visit(&random)
                visit.visitor += 500_000 + number * World.visitorsBetweenCopies
                visit.leads = 0
                return visit
            }
            try await world.project(fresh, removing: gone.sorted().map { all[$0] }, at: 6)
            let now = all.indices.filter { !gone.contains($0) }.map { all[$0] } + fresh
            try await check(asking, now, &random, questions: 5)
            try await check(Asking(world), now, &random, questions: 2)
        }
    }

    @Test(arguments: [11, 12])
    func `Rows and others add up, and a further filter never raises a count`(seed: UInt64) async throws {
        try await World.with { world in
            var random = Seeded(state: seed)
            try await world.project((0..<200).map { _ in visit(&random) }, at: 5)
            let asking = Asking(world)
            for _ in 0..<20 {
                var question = question(&random)
                question.columns = ["source", "country"]
                let answer = try await asking(
                    text(question).replacing(#""limit":10000"#, with: #""limit":3,"others":true"#))
                for (place, column) in answer.columns.enumerated() {
                    guard let metric = MetricCatalog.metric(named: column.name), metric.isAdditive else { continue }
                    let parts = (answer.rows + [answer.others ?? []]).map { texts([$0[place]]) }.compactMap {
                        Int64($0)
                    }
                    #expect(String(parts.reduce(0, +)) == texts([answer.totals[place]]), "\(column.name)")
                }
                var narrower = question
                narrower.filters.append([("device", "mobile")])
                let less = try await asking(text(narrower)).totals
                for (place, column) in answer.columns.enumerated() where column.type == "integer" {
                    #expect(try #require(Int64(texts([less[place]]))) <= #require(Int64(texts([answer.totals[place]]))))
                }
            }
        }
    }
}
