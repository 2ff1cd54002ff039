import EventModel
import ReadModels
import Testing

/// Worked examples of metrics.md's definitions, by hand.
@Suite struct QueryExampleTests {
    /// Bits of `session.flags`.
    private enum Flag {
        static let bot: Int32 = 1, bounced: Int32 = 2, engaged: Int32 = 4, converted: Int32 = 8, lead: Int32 = 16
        static let returning: Int32 = 32
    }

    /// Three visitors, five sessions over two days of Berlin, and a bot.
    private static var visits: [Visit] {
        var last = Visit(3, "2026-11-20T10:00:00Z", seconds: 30, flags: Flag.engaged | Flag.lead, ["source": "Bing"])
        last.leads = 2
        return [
            Visit(1, "2026-11-18T22:59:00Z", seconds: 120, flags: Flag.engaged, ["source": "Google", "country": "DE"])
                .with([("2026-11-18T22:59:00Z", [1, 1, 0, 0, 0, 0]), ("2026-11-18T23:01:00Z", [3, 2, 1, 0, 0, 0])]),
            Visit(1, "2026-11-19T09:00:00Z", seconds: 0, flags: Flag.bounced | Flag.returning, ["country": "DE"])
                .with([("2026-11-19T09:00:00Z", [1, 1, 0, 0, 0, 0])]),
            Visit(2, "2026-11-19T12:00:00Z", seconds: 60, flags: Flag.engaged | Flag.converted, ["source": "Google"])
                .with([("2026-11-19T12:00:00Z", [6, 2, 1, 1, 1, 1])]),
            Visit(2, "2026-11-20T08:00:00Z", seconds: 1, flags: Flag.bounced | Flag.returning, ["source": "Google"])
                .with([("2026-11-20T08:00:00Z", [1, 1, 0, 0, 0, 0])]),
            last.with([("2026-11-20T10:00:00Z", [4, 3, 1, 0, 0, 0])]),
            Visit(9, "2026-11-19T13:00:00Z", flags: Flag.bot | Flag.bounced)
                .with([("2026-11-19T13:00:00Z", [1, 1, 0, 0, 0, 0])]),
        ]
    }

    private func asked(_ query: String) async throws -> ReadModels.Answer {
        try await World.with { world in
            try await world.project(Self.visits, at: 10)
            return try await Asking(world)(query)
        }
    }

    @Test func `Totals of a period`() async throws {
        let answer = try await asked(
            """
            {"metrics":["visitors","sessions","pageviews","events","bounce_rate","engagement_rate","session_conversion_rate",
            "visitor_conversion_rate","leads","lead_rate","visit_duration","visit_duration_median","views_per_session"],
            "date_range":["2026-11-19","2026-11-20"]}
            """)
        #expect(texts(answer.rows[0]) == "3 4 9 15 2/4 2/4 1/4 1/3 2 1/4 22.75 15.5 9/4")
        #expect(answer.rows == [answer.totals])
    }

    @Test func `A session belongs to its start's day and an event to its own`() async throws {
        let answer = try await asked(
            """
            {"metrics":["visitors","sessions","pageviews"],"dimensions":["time:day"],
            "date_range":["2026-11-18","2026-11-20"]}
            """)
        #expect(answer.rows.map(texts) == ["2026-11-18 1 1 1", "2026-11-19 2 2 5", "2026-11-20 2 2 4"])
        #expect(texts(answer.totals) == "null 3 5 10")
    }

    @Test func `Visitors of a total are counted once, not summed`() async throws {
        let answer = try await asked(
            #"{"metrics":["visitors"],"dimensions":["visit:source"],"date_range":["2026-11-18","2026-11-20"]}"#)
        #expect(answer.rows.map(texts) == ["Google 2", "Bing 1", "null 1"])
        #expect(texts(answer.totals) == "null 3")
    }

    @Test func `Others are what the limit left out`() async throws {
        let answer = try await asked(
            """
            {"metrics":["visitors","sessions","pageviews"],"dimensions":["visit:source"],"limit":1,"others":true,
            "date_range":["2026-11-18","2026-11-20"]}
            """)
        #expect(answer.rows.map(texts) == ["Google 2 3 6"])
        #expect(answer.others.map { texts($0) } == "null 2 2 4")
        #expect(answer.rowCount == 3)
    }

    @Test func `Buckets without visits are filled`() async throws {
        let answer = try await asked(
            """
            {"metrics":["sessions"],"dimensions":["time:day"],"date_range":["2026-11-16","2026-11-20"],"fill":true,
            "compare":{"mode":"previous_period"}}
            """)
        #expect(
            answer.rows.map(texts) == ["2026-11-16 0", "2026-11-17 0", "2026-11-18 1", "2026-11-19 2", "2026-11-20 2"])
        #expect(answer.compareRows?.first.map { texts($0) } == "2026-11-11 0")
        #expect(answer.compareTotals.map { texts($0) } == "null 0")
    }

    @Test(arguments: [
        (#"["is","visit:source",["Google"]]"#, "3"), (#"["is","visit:source",[null]]"#, "1"),
        (#"["is_not","visit:source",["Google"]]"#, "2"), (#"["contains","visit:source",["OO"]]"#, "3"),
        (#"["matches","visit:source",["^B.n"]]"#, "1"), (#"["gte","visit:source",["C"]]"#, "3"),
        (#"["between","visit:source",["A","C"]]"#, "1"), (#"["is","visit:returning",[true]]"#, "2"),
        (#"["is","visit:returning",["new"]]"#, "3"),
        (#"["not",["or",[["is","visit:source",["Bing"]],["is","visit:country",["DE"]]]]]"#, "2"),
        (#"["and",[["is","visit:source",["Google"]],["is","visit:country",["DE"]]]]"#, "1"),
        (#"["has_done",["is","event:name",["product_viewed"]]]"#, "3"),
        (#"["not",["has_done",["is","event:name",["checkout_completed","checkout_started"]]]]"#, "4"),
    ])
    func `Filters choose sessions`(filter: String, sessions: String) async throws {
        let answer = try await asked(
            #"{"metrics":["sessions"],"date_range":["2026-11-18","2026-11-20"],"filters":[\#(filter)]}"#)
        #expect(texts(answer.rows[0]) == sessions, "\(filter)")
    }

    @Test(arguments: [("exclude", "5"), ("include", "6"), ("only", "1")])
    func `Bots count where a query asks for them`(rule: String, sessions: String) async throws {
        let answer = try await asked(
            #"{"metrics":["sessions"],"date_range":["2026-11-18","2026-11-20"],"bots":"\#(rule)"}"#)
        #expect(texts(answer.rows[0]) == sessions)
    }

    @Test func `Metric filters choose rows and totals stay`() async throws {
        let answer = try await asked(
            """
            {"metrics":["sessions","bounce_rate"],"dimensions":["visit:source"],"date_range":["2026-11-18","2026-11-20"],
            "metric_filters":[["gt","bounce_rate",[0.3]]],"order_by":[["bounce_rate","desc"]]}
            """)
        #expect(answer.rows.map(texts) == ["null 1 1/1", "Google 3 1/3"])
        #expect(texts(answer.totals) == "null 5 2/5")
    }

    @Test func `The same hours another zone's days`() async throws {
        let answer = try await asked(
            """
            {"metrics":["sessions"],"dimensions":["time:day"],"date_range":["2026-11-18","2026-11-20"],
            "timezone":"America/New_York"}
            """)
        #expect(answer.rows.map(texts) == ["2026-11-18 1", "2026-11-19 2", "2026-11-20 2"])
    }

    @Test func `A range of instants has its end outside`() async throws {
        let answer = try await asked(
            #"{"metrics":["sessions"],"date_range":["2026-11-20T08:00:00Z","2026-11-20T11:00:00+01:00"]}"#)
        #expect(texts(answer.rows[0]) == "1")
    }

    @Test func `A customer is one visitor whatever the browser, and so are the visits before the login`() async throws {
        func visit(_ browser: Int, _ day: Int, customer: Int? = nil) -> Visit {
            var visit = Visit(browser, "2026-11-\(day)T10:0\(browser):00Z")
            (visit.customer, visit.kind) = (customer, customer == nil ? .client : .customer)
            return visit
        }
        // Customer 90 in browsers 1 and 2, first without a login; 91 and 92 share browser 3; nobody logs in with 4.
        let visits = [
            visit(1, 16), visit(1, 17, customer: 90), visit(2, 18, customer: 90), visit(3, 17, customer: 91),
            visit(3, 18, customer: 92), visit(3, 19), visit(4, 19),
        ]
        let query = """
            {"metrics":["visitors"],"dimensions":["visit:visitor_kind"],"date_range":["2026-11-16","2026-11-20"]}
            """
        try await World.with { world in
            try await world.project(visits, at: 1)
            let asking = Asking(world)
            let answer = try await asking(query)
            #expect(answer.rows.map(texts) == ["client 3", "customer 3"])
            #expect(texts(answer.totals) == "null 5")
            #expect(answer.warnings.count == 1 && answer.warnings[0].contains("count as visitors of kind `client` too"))
            let oneKind = query.replacing("2026-11-16", with: "2026-11-17").replacing("2026-11-20", with: "2026-11-18")
            #expect(try await asking(oneKind).warnings.isEmpty)
            // What changes later counts as if it had been so from the start.
            try await world.project([visit(4, 19, customer: 90)], removing: [visits[1]], at: 2)
            #expect(texts(try await asking(query).totals) == "null 5")
            #expect(try await asking(query).rows == Asking(world)(query).rows)
        }
    }

    @Test func `Visitors without consent are said to be a sum of days`() async throws {
        var daily = Visit(7, "2026-11-19T10:00:00Z")
        daily.kind = .daily
        let visit = daily
        try await World.with { world in
            try await world.project([visit], at: 1)
            let asking = Asking(world)
            let query = #"{"metrics":["visitors"],"date_range":"7d"}"#
            #expect(try await asking(query).warnings.count == 1)
            #expect(try await asking(query.replacing("7d", with: "yesterday")).warnings.isEmpty)
        }
    }
}
