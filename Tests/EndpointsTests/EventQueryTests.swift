import ReadModels
import Testing

/// Queries by dimensions of the event, from `pages.event_bucket`.
@Suite struct EventQueryTests {
    private func asked(_ query: String) async throws -> ReadModels.Answer {
        try await World.with { world in
            try await world.count([
                EventBucket(dimension: "page", value: "/", at: "2026-11-18T22:50:00Z", events: 4, pageviews: 3),
                EventBucket(dimension: "page", value: "/", at: "2026-11-18T23:00:00Z", events: 2, pageviews: 2),
                EventBucket(dimension: "page", value: "/cart", at: "2026-11-19T12:00:00Z", events: 5, pageviews: 1),
                EventBucket(dimension: "page", value: "/cart", at: "2026-11-19T12:00:00Z", events: 9, isBot: true),
                EventBucket(
                    dimension: "name", value: "page_viewed", at: "2026-11-18T22:50:00Z", events: 4, pageviews: 3),
                EventBucket(
                    dimension: "name", value: "page_viewed", at: "2026-11-18T23:00:00Z", events: 2, pageviews: 2),
                EventBucket(
                    dimension: "name", value: "page_viewed", at: "2026-11-19T12:00:00Z", events: 6, pageviews: 1),
                EventBucket(dimension: "name", value: "clicked", at: "2026-11-19T12:00:00Z", events: 9, isBot: true),
                EventBucket(dimension: "product", value: "7", at: "2026-11-18T23:00:00Z"),
                EventBucket(dimension: "product", value: "7\u{1F}8", at: "2026-11-19T12:00:00Z", events: 2),
            ])
            return try await Asking(world)(query)
        }
    }

    @Test func `Pages by their views`() async throws {
        let answer = try await asked(
            #"{"metrics":["pageviews","events"],"dimensions":["event:page"],"date_range":["2026-11-18","2026-11-19"]}"#)
        #expect(answer.rows.map(texts) == ["/ 5 6", "/cart 1 5", "null 0 1"])
        #expect(texts(answer.totals) == "null 6 12")
    }

    @Test func `Pages over time, filtered and compared`() async throws {
        let answer = try await asked(
            """
            {"metrics":["pageviews"],"dimensions":["time:day","event:page"],"date_range":["2026-11-19","2026-11-19"],
            "filters":[["contains","event:page",["/"]]],"compare":{"mode":"previous_period"},"bots":"include"}
            """)
        #expect(answer.rows.map(texts) == ["2026-11-19 / 2", "2026-11-19 /cart 1"])
        #expect(answer.compareRows?.map { texts($0) } == ["2026-11-18 / 3", "2026-11-18 /cart 0"])
    }

    @Test func `A filter alone sets the grain`() async throws {
        let answer = try await asked(
            """
            {"metrics":["events"],"dimensions":["time:day"],"date_range":["2026-11-18","2026-11-19"],
            "filters":[["is","event:page",["/cart"]]],"fill":true}
            """)
        #expect(answer.rows.map(texts) == ["2026-11-18 0", "2026-11-19 5"])
    }

    @Test func `An event of two products is in both rows and once in the total, one of none in null's`() async throws {
        let query = #"{"metrics":["events"],"dimensions":["event:product"],"date_range":["2026-11-18","2026-11-19"]}"#
        let answer = try await asked(query)
        #expect(answer.rows.map(texts) == ["null 9", "7 3", "8 2"])
        #expect(texts(answer.totals) == "null 12")
        let first = #","limit":1,"order_by":[["event:product","asc"]],"others":true}"#
        let others = try await asked(query.replacing("}", with: first))
        #expect(others.rows.map(texts) == ["7 3"])
        #expect(others.others.map { texts($0) } == "null 11")
    }

    @Test(arguments: [
        (#"["is","event:product",["7"]]"#, 3), (#"["is","event:product",["7","8"]]"#, 3),
        (#"["is_not","event:product",["99"]]"#, 12), (#"["is_not","event:product",["7"]]"#, 11),
        (#"["is","event:product",[null]]"#, 9), (#"["is_not","event:product",[null]]"#, 3),
        (#"["is_not","event:collection",["9"]]"#, 12), (#"["is","event:page",[null]]"#, 1),
    ])
    func `Filters take what has no value for null, and count an event once`(filter: String, events: Int) async throws {
        let range = #""metrics":["events"],"date_range":["2026-11-18","2026-11-19"],"filters":[\#(filter)]"#
        #expect(texts(try await asked("{\(range)}").totals) == "\(events)")
        let byDay = try await asked("{\(range),\"dimensions\":[\"time:day\"]}")
        #expect(texts(byDay.totals) == "null \(events)")
    }

    @Test func `A malformed expression is a problem`() async throws {
        await #expect(throws: QueryProblem.self) {
            _ = try await asked(
                #"{"metrics":["events"],"date_range":"7d","filters":[["matches","event:page",["("]]]}"#)
        }
    }
}
