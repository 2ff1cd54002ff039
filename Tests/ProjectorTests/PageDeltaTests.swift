import EventModel
import Postgres
import Projector
import ReadModels
import Testing

/// Counts of events by dimension wait beside their table until they are many, and are counted from the first moment on.
@Suite struct PageDeltaTests {
    private static let base = VisitFoldTests.base

    @Test func whatWaitsIsCounted() async throws {
        try await TestLog.with { log in
            for step in 0..<2 {
                try log.append([TestEvent(time: Self.base + Int64(step), path: "/one")])
                try await log.project(names: ["pages"])
            }
            #expect(try log.number("select count(*) from pages.event_bucket") == 0)
            #expect(try log.number("select count(*) from pages.event_delta") == 2)
            let count = "select sum(events)::int8 from pages.event_count where dimension = 'page' and value = '/one'"
            #expect(try log.number(count) == 2)
            #expect(try log.number("select pageviews from pages.event_total where dimension = 'name'") == 2)
        }
    }

    /// However many there are, and also where another process has let them wait.
    @Test func whatWaitsStaysFew() async throws {
        try await TestLog.with { log in
            let (paths, times) = (300, 5)
            let events = (0..<paths * times).map {
                TestEvent(shop: 1, time: Self.base + Int64($0), path: "/\($0 % paths)")
            }
            for part in [events[..<800], events[800...]] {
                try log.append(Array(part))
                try await log.project(batchSize: 50, names: ["pages"])
                #expect(try log.number("select sum(entries)::int8 from pages.event_delta") <= 1_000)
            }
            try log.append([TestEvent(shop: 2, time: Self.base, path: "/0")])
            try await log.project(names: ["pages"])
            let rows = try log.connection.query(
                "select count(*), min(events), max(events) from pages.event_total where dimension = 'page' and shop_id = 1"
            )
            #expect(rows[0].int64(0) == Int64(paths))
            #expect(rows[0].int64(1) == Int64(times))
            #expect(rows[0].int64(2) == Int64(times))
            #expect(try log.number("select count(*) from pages.event_bucket") >= Int64(paths))
            #expect(try log.number("select count(*) from pages.event_delta where shop_id = 2") == 1)
            #expect(try log.number("select count(*) from pages.event_delta") < 30)
        }
    }
}
