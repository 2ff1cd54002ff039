import ReadModels
import Testing

/// What a query may say, and where a problem points.
@Suite struct ParserTests {
    private func parse(_ text: String) throws -> AnalyticsQuery {
        let berlin = try #require(Zone(identifier: "Europe/Berlin"))
        let asOf = AsOf(position: 100, projectedAt: instant("2026-11-20T11:00:00Z"), completeUntil: 0, generation: 1)
        return try QueryParser.parse(
            JSONValue.parse(Array(text.utf8)) ?? .null,
            QueryContext(nowMillis: instant("2026-11-19T23:30:00Z"), zone: berlin, asOf: asOf))
    }

    private func query(_ members: String) -> String {
        #"{"metrics":["sessions"],"date_range":"7d"\#(members.isEmpty ? "" : "," + members)}"#
    }

    @Test(arguments: [
        (#"[]"#, ""), (#"{"date_range":"7d"}"#, "/metrics"), (#"{"metrics":["sessions"]}"#, "/date_range"),
        (#"{"metrics":["nope"],"date_range":"7d"}"#, "/metrics/0"),
        (#"{"metrics":["sessions","orders"],"date_range":"7d"}"#, "/metrics/1"),
        (#"{"metrics":["sessions","sessions"],"date_range":"7d"}"#, "/metrics/1"),
        (#"{"metrics":["sessions"],"date_range":"soon"}"#, "/date_range"),
        (#"{"metrics":["sessions"],"date_range":["2026-02-30","2026-03-01"]}"#, "/date_range/0"),
        (#"{"metrics":["sessions"],"date_range":["2026-03-02","2026-03-01"]}"#, "/date_range"),
        (#"{"metrics":["sessions"],"date_range":["2026-03-02T01:07:00Z","2026-03-02T01:00:00Z"]}"#, "/date_range"),
        (#"{"metrics":["sessions"],"date_range":["1990-03-02","2026-03-01"]}"#, "/date_range"),
    ])
    func `A problem of the frame points to its place`(text: String, pointer: String) {
        expectProblem(text, pointer)
    }

    @Test(arguments: [
        (#""a/b~c":1"#, "/a~1b~0c"), (#""dimensions":["visit:nope"]"#, "/dimensions/0"),
        (#""dimensions":["order:channel"]"#, "/dimensions/0"),
        (#""dimensions":["time:day","time:week"]"#, "/dimensions/1"),
        (#""dimensions":["event:page"]"#, "/metrics/0"), (#""timezone":"Mars/Olympus""#, "/timezone"),
        (#""filters":[["is","visit:source"]]"#, "/filters/0"),
        (#""filters":[["is","visit:nope",["a"]]]"#, "/filters/0/1"),
        (#""filters":[["or",[["is","visit:source",["a"]],["nope",1]]]]"#, "/filters/0/1/1/0"),
        (#""filters":[["not",["is","time:day",["a"]]]]"#, "/filters/0/1/1"),
        (#""filters":[["is","visit:source",[1]]]"#, "/filters/0/2/0"),
        (#""filters":[["between","visit:source",["a"]]]"#, "/filters/0/2"),
        (#""filters":[["is","visit:returning",["maybe"]]]"#, "/filters/0/2/0"),
        (#""filters":[["has_done",["is","event:page",["/"]]]]"#, "/filters/0/1"),
        (#""filters":[["has_done",["is","event:name",["form_submitted"]]]]"#, "/filters/0/1/2/0"),
        (#""metric_filters":[["gt","visitors",[1]]]"#, "/metric_filters/0/1"),
        (#""order_by":[["visitors","desc"]]"#, "/order_by/0/0"),
        (#""order_by":[["sessions","down"]]"#, "/order_by/0/1"),
        (#""order_by":[["sessions","desc"],["sessions","asc"]]"#, "/order_by/1/0"),
        (#""limit":0"#, "/limit"), (#""limit":10001"#, "/limit"), (#""fill":1"#, "/fill"),
        (#""bots":"some""#, "/bots"),
        (#""basis":"never""#, "/basis"), (#""attribution":{"model":"linear"}"#, "/attribution"),
        (#""as_of":99"#, "/as_of"),
        (#""as_of":"2026-11-19T00:00:00Z""#, "/as_of"), (#""compare":{"mode":"yesterday"}"#, "/compare/mode"),
        (#""compare":{"mode":"previous_period","match":"hour"}"#, "/compare/match"),
        (#""compare":{"mode":"previous_period","range":1}"#, "/compare/range"),
    ])
    func `A problem of a member points to its place`(members: String, pointer: String) {
        expectProblem(query(members), pointer)
    }

    @Test func `What a query may look for is bounded over all its conditions`() throws {
        func contains(_ count: Int) -> String {
            #"["contains","visit:entry_page",[\#((0..<count).map { "\"\($0)\"" }.joined(separator: ","))]]"#
        }
        _ = try parse(query(#""filters":[\#(contains(30)),["not",\#(contains(20))]]"#))
        expectProblem(query(#""filters":[\#(contains(30)),["not",\#(contains(21))]]"#), "/filters/1/1/2")
        let metric = Array(repeating: #"["gt","sessions",1]"#, count: QueryLimits.filterNodesMax + 1)
        expectProblem(query(#""metric_filters":[\#(metric.joined(separator: ","))]"#), "/metric_filters")
    }

    @Test func `A member that is null is one that is missing`() throws {
        let names = [
            "dimensions", "filters", "metric_filters", "compare", "timezone", "basis", "attribution", "order_by",
            "limit", "fill", "others", "bots", "as_of",
        ]
        let nulls = names.map { "\"\($0)\":null" }.joined(separator: ",")
        let (said, unsaid) = (try parse(query(nulls)), try parse(query("")))
        #expect(said.normalForm == unsaid.normalForm)
    }

    private func expectProblem(_ text: String, _ pointer: String) {
        do {
            _ = try parse(text)
            Issue.record("no problem: \(text)")
        } catch {
            #expect((error as? QueryProblem)?.pointer == pointer, "\(text)")
        }
    }

    @Test(arguments: [
        ("today", "2026-11-20", "2026-11-20"), ("yesterday", "2026-11-19", "2026-11-19"),
        ("7d", "2026-11-14", "2026-11-20"), ("12mo", "2025-12-01", "2026-11-20"), ("week", "2026-11-16", "2026-11-20"),
        ("month", "2026-11-01", "2026-11-20"), ("quarter", "2026-10-01", "2026-11-20"),
        ("year", "2026-01-01", "2026-11-20"), ("last_week", "2026-11-09", "2026-11-15"),
        ("last_month", "2026-10-01", "2026-10-31"), ("last_quarter", "2026-07-01", "2026-09-30"),
        ("last_year", "2025-01-01", "2025-12-31"),
    ])
    func `Keywords are days of the zone`(keyword: String, first: String, last: String) throws {
        #expect(try parse(query("").replacing("7d", with: keyword)).range.texts == [first, last])
    }

    @Test(arguments: [
        (#"{"mode":"previous_period"}"#, "2026-11-07", "2026-11-13"),
        (#"{"mode":"previous_period","match":"weekday"}"#, "2026-11-07", "2026-11-13"),
        (#"{"mode":"previous_year"}"#, "2025-11-14", "2025-11-20"),
        (#"{"mode":"previous_year","match":"weekday"}"#, "2025-11-15", "2025-11-21"),
        (#"{"date_range":["2026-01-01","2026-01-02"]}"#, "2026-01-01", "2026-01-02"),
    ])
    func `Comparisons shift the period`(compare: String, first: String, last: String) throws {
        #expect(try parse(query(#""compare":\#(compare)"#)).comparison?.texts == [first, last])
    }

    @Test func `Weekdays meet across periods of any length`() throws {
        let text = #"{"metrics":["sessions"],"date_range":"3d","compare":{"mode":"previous_period","match":"weekday"}}"#
        #expect(try parse(text).comparison?.texts == ["2026-11-11", "2026-11-13"])
    }

    @Test(arguments: [
        ("2026-03-02T13:07:00Z", "2026-03-02T14:00:00Z", "2026-03-02T13:00:00.000Z", "2026-03-02T14:00:00.000Z"),
        ("2026-03-02T13:00:00.001Z", "2026-03-02T13:00:01Z", "2026-03-02T13:00:00.000Z", "2026-03-02T13:15:00.000Z"),
    ])
    func `Times are widened to quarters of an hour`(from: String, to: String, first: String, last: String) throws {
        let query = try parse(#"{"metrics":["sessions"],"date_range":["\#(from)","\#(to)"]}"#)
        #expect(query.range.texts == [first, last])
        #expect(query.warnings.count == 1)
        let exact = try parse(#"{"metrics":["sessions"],"date_range":["\#(first)","\#(last)"]}"#)
        #expect(exact.warnings.isEmpty)
        #expect(exact.normalForm == query.normalForm)
    }

    @Test func `What changes nothing is no problem`() throws {
        let plain = try parse(query("")).normalForm
        #expect(try parse(query(#""fill":true,"basis":"order""#)).normalForm == plain)
        #expect(try parse(query(#""fill":true,"dimensions":["time:day"]"#)).fill)
    }

    @Test func `Equal queries have one normal form`() throws {
        let short = try parse(query("")).normalForm
        let long = try parse(
            query(#""filters":[],"timezone":"Europe/Berlin","bots":"exclude","fill":false,"limit":100,"as_of":100"#))
        #expect(short == long.normalForm)
        #expect(try parse(query(#""limit":99"#)).normalForm != short)
    }

    @Test func `Trees of filters have limits`() {
        let deep =
            String(repeating: #"["not","#, count: 30) + #"["is","visit:source",["a"]]"#
            + String(repeating: "]", count: 30)
        expectProblem(query(#""filters":[\#(deep)]"#), "/filters/0" + String(repeating: "/1", count: 16))
        #expect(
            JSONValue.parse(Array((String(repeating: "[", count: 70) + String(repeating: "]", count: 70)).utf8)) == nil)
    }
}
