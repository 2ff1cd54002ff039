import Foundation
import HTTPTypes
import ReadModels
import Testing

/// What stands beside a row of the compared period, and how the numbers changed.
@Suite struct ComparisonTests {
    private func asked(_ visits: [Visit], _ query: String) async throws -> ReadModels.Answer {
        try await World.with { world in
            try await world.project(visits, at: 3)
            return try await Asking(world)(query)
        }
    }

    private func rows(_ range: String, _ compared: String, unit: String = "day") async throws -> [String: String] {
        let answer = try await asked(
            [],
            """
            {"metrics":["sessions"],"dimensions":["time:\(unit)"],"date_range":\(range),"compare":\(compared),
            "fill":true,"limit":10000}
            """)
        let pairs = zip(answer.rows, try #require(answer.compareRows)).map { row, other in
            (texts([row[0]]), other.map { texts([$0[0]]) } ?? "none")
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test func `Dates meet dates over a 29 February`() async throws {
        let year = #"{"mode":"previous_year"}"#
        let leap = try await rows(#"["2024-02-27","2024-03-02"]"#, year)
        #expect(leap["2024-02-28"] == "2023-02-28" && leap["2024-02-29"] == "none")
        #expect(leap["2024-03-01"] == "2023-03-01" && leap["2024-03-02"] == "2023-03-02")
        let after = try await rows(#"["2025-02-27","2025-03-02"]"#, year)
        #expect(after["2025-02-28"] == "2024-02-28" && after["2025-03-01"] == "2024-03-01")
        let alone = try await rows(#"["2024-02-29","2024-02-29"]"#, year)
        #expect(alone == ["2024-02-29": "2023-02-28"])
    }

    @Test func `Hours meet hours over a clock change`() async throws {
        let day = #"{"mode":"previous_period"}"#
        let spring = try await rows(#"["2026-03-29","2026-03-29"]"#, day, unit: "hour")
        #expect(spring.count == 23 && !spring.values.contains("none"))
        #expect(spring["2026-03-29T03:00+02:00"] == "2026-03-28T03:00+01:00")
        #expect(spring["2026-03-29T23:00+02:00"] == "2026-03-28T23:00+01:00")
        let afterSpring = try await rows(#"["2026-03-30","2026-03-30"]"#, day, unit: "hour")
        #expect(afterSpring["2026-03-30T02:00+02:00"] == "none")
        #expect(afterSpring["2026-03-30T03:00+02:00"] == "2026-03-29T03:00+02:00")
        let autumn = try await rows(#"["2026-10-25","2026-10-25"]"#, day, unit: "hour")
        #expect(autumn["2026-10-25T02:00+02:00"] == "2026-10-24T02:00+02:00")
        #expect(autumn["2026-10-25T02:00+01:00"] == "none")
        #expect(autumn["2026-10-25T09:00+01:00"] == "2026-10-24T09:00+02:00")
        let hours = try await rows(
            #"["2026-10-25T09:00:00+01:00","2026-10-25T12:00:00+01:00"]"#, day, unit: "hour")
        #expect(hours["2026-10-25T09:00+01:00"] == "2026-10-25T06:00+01:00")
    }

    @Test func `What a longer period has beyond the rows is told`() async throws {
        let visits = (8...19).map { Visit($0, "2026-11-\($0 < 10 ? "0" : "")\($0)T10:00:00Z") }
        func answer(_ first: Int, _ other: Int, _ last: Int) async throws -> ReadModels.Answer {
            try await asked(
                visits,
                """
                {"metrics":["sessions"],"dimensions":["time:day"],"date_range":["2026-11-\(first)","2026-11-19"],
                "compare":{"mode":"custom","date_range":["2026-11-\(other)","2026-11-\(last)"]}}
                """)
        }
        let cut = try await answer(17, 11, 16)
        #expect(cut.compareRows?.map { texts($0) } == ["2026-11-11 1", "2026-11-12 1", "2026-11-13 1"])
        #expect(cut.compareTotals.map { texts($0) } == "null 6")
        #expect(cut.warnings.count == 1 && cut.warnings[0].contains("2026-11-14 and 2 more"))
        #expect(try await answer(14, 11, 13).warnings.isEmpty)
        // On the second of these days nothing happened.
        #expect(try await answer(19, 20, 21).warnings.isEmpty)
    }

    @Test func `Counts change by their share and rates by percentage points`() async throws {
        let visits = [
            Visit(1, "2026-11-18T10:00:00Z", flags: 2, ["source": "Google"]),
            Visit(2, "2026-11-18T11:00:00Z", ["source": "Google"]),
            Visit(1, "2026-11-19T10:00:00Z", flags: 2, ["source": "Google"]),
            Visit(2, "2026-11-19T11:00:00Z", flags: 2, ["source": "Google"]),
            Visit(3, "2026-11-19T12:00:00Z", flags: 2, ["source": "Google"]),
            Visit(4, "2026-11-19T13:00:00Z", ["source": "Bing"]),
        ]
        let answer = try await asked(
            visits,
            """
            {"metrics":["sessions","bounce_rate","visit_duration"],"dimensions":["visit:source"],
            "date_range":["2026-11-19","2026-11-19"],"compare":{"mode":"previous_period"}}
            """)
        #expect(answer.rows.map { texts($0) } == ["Google 3 3/3 0.0", "Bing 1 0/1 0.0"])
        let changes = try #require(answer.changes)
        #expect(changes[0]?.map(\.value) == [0.5, 50, nil])
        #expect(changes[0]?.map(\.isNew) == [false, false, true])
        #expect(changes[1]?.map(\.value) == [nil, nil, nil])
        #expect(changes[1]?.map(\.isNew) == [true, false, false])
        #expect(answer.totalChanges?.first?.value == 1)
        #expect(answer.columns.map(\.change) == [nil, "relative", "percentage_points", "relative"])
    }

    @Test func `Changes are in the answer's JSON, and absent without a comparison`() async throws {
        try await Site.with { site in
            try await site.world.project([Visit(1, "2026-11-19T10:00:00Z")], at: 7)
            let query =
                #"{"metrics":["sessions"],"date_range":"yesterday","compare":{"mode":"previous_period"}}"#
            let answer = try await site.ask("/api/analytics/query", .post, body: query).json
            let totals = try #require(answer["change_totals"] as? [[String: Any]])
            #expect(totals.count == 1 && totals[0]["new"] as? Bool == true && totals[0]["change"] is NSNull)
            #expect((answer["change_rows"] as? [Any])?.count == 1)
            let alone = #"{"metrics":["sessions"],"date_range":"yesterday"}"#
            #expect(try await site.ask("/api/analytics/query", .post, body: alone).json["change_rows"] == nil)
        }
    }
}
