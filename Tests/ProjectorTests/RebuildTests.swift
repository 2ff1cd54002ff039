import EventLog
import EventModel
import Foundation
import Postgres
import ReadModels
import Testing

@testable import Projector

/// Rebuild, comparison, switch and rollback.
@Suite struct RebuildTests {
    @Test func aRebuildEqualsTheLiveCopyAndTakesItsPlace() async throws {
        var random = SplitMix(3)
        let events = LiveProjectionTests.shoppers(&random).shuffled(using: &random)
        try await TestLog.with { log in
            try log.append(Array(events.prefix(900)), damaged: [17])
            try await log.project(batchSize: 50)
            let before = try log.dump("sessions")
            let rebuilder = ProjectionRebuilder(log.configuration)
            let comparisons = try await rebuilder.rebuild(ProjectionSchemas.names)
            #expect(comparisons.allSatisfy { $0.isEqual })
            #expect(comparisons.count == ProjectionSchemas.names.count)
            #expect(try log.dump("sessions") == before)
            #expect(try log.dump("sessions_previous") == before)
            // What was off while tables were filled is on again.
            #expect(try log.number(Self.tablesWithOptions("sessions")) == 0)
            #expect(try log.number(Self.indexes("sessions")) == log.number(Self.indexes("sessions_previous")))
            // Readers come with the switch, long before the database looks by itself.
            #expect(try log.number("select count(*) from pg_stats where schemaname = 'sessions'") > 0)
            // Projecting goes on where the rebuild ended, and after a rollback where the old copy ended.
            try log.append(Array(events.dropFirst(900)))
            try await log.project(batchSize: 70)
            let after = try log.dump("sessions")
            #expect(after != before)
            try await rebuilder.rollback("sessions")
            #expect(try log.dump("sessions") == before)
            #expect(try await rebuilder.list().first { $0.projection == "sessions" }?.lag ?? 0 > 0)
            try await log.project(batchSize: 70)
            #expect(try log.dump("sessions") == after)
            #expect(try await rebuilder.list().allSatisfy { $0.lag == 0 })
        }
    }

    private static func indexes(_ schema: String) -> String {
        "select count(*) from pg_indexes where schemaname = '\(schema)'"
    }

    private static func tablesWithOptions(_ schema: String) -> String {
        """
        select count(*) from pg_class where relnamespace = '\(schema)'::regnamespace and reloptions is not null
        """
    }

    @Test func aCopyThatDiffersIsNotSwitchedTo() async throws {
        try await TestLog.with { log in
            try log.append([TestEvent(time: VisitFoldTests.base)])
            try await log.project()
            try log.connection.execute("update sessions.session set entry_page = '/tampered'")
            let rebuilder = ProjectionRebuilder(log.configuration)
            await #expect(throws: ProjectionRebuilder.Failure.self) { try await rebuilder.rebuild(["sessions"]) }
            #expect(try log.number("select count(*) from sessions.session where entry_page = '/tampered'") == 1)
            #expect(try await !rebuilder.verify(["sessions"]).allSatisfy { $0.isEqual })
            try await rebuilder.rebuild(["sessions"], acceptsDifferences: true)
            #expect(try log.number("select count(*) from sessions.session where entry_page = '/'") == 1)
        }
    }

    @Test func afterADropARebuildBeginsAtTheFirstKeptEvent() async throws {
        try await TestLog.with { log in
            let week: Int64 = 7 * 86_400_000
            let base = VisitFoldTests.base
            let events = (0..<8).map { TestEvent(visitor: UInt64($0), time: base + Int64($0 / 4) * week) }
            try log.append(events, damaged: [6])
            try await log.project()
            let rebuilder = ProjectionRebuilder(log.configuration)
            #expect(try await rebuilder.beginnings().isEmpty)
            let projected = try ProjectedPositions.all(on: log.connection)
            #expect(projected == [TestLog.lane: 6])
            let rules = RetentionRules(
                sources: [.pixel: RetentionRules.Source(seconds: [:], othersSeconds: 7 * 86_400)])
            let report = try LogRetention(log.connection, rules: rules) { _ in projected }.apply(at: base + 2 * week)
            #expect(report.weeks.contains { $0.events == 4 && $0.goes })
            #expect(try await rebuilder.beginnings() == [TestLog.lane: 5])
            await #expect(throws: ProjectionRebuilder.Failure.self) { try await rebuilder.rebuild(["sessions"]) }
            try await rebuilder.rebuild(["sessions"], acceptsDifferences: true)
            #expect(try log.number("select count(*) from sessions.session") == 3)
        }
    }

    @Test func severalReadersFillWhatTheLiveCopyHas() async throws {
        var random = SplitMix(5)
        let events = LiveProjectionTests.shoppers(&random).shuffled(using: &random)
        try await TestLog.with { log in
            let head = try log.append(events, damaged: [3, 400, 401])
            try await log.project(batchSize: 300)
            let desk = ProjectionDesk(log.database, folder: log.configuration.schemaFolder)
            let names = ["sessions", "pages"]
            let fill = LaneFill(
                lane: TestLog.lane, names: names, suffix: "_next", cores: 3, dropped: 0, sizes: 7...40,
                log.configuration)
            // In two goes, as a rebuild does it beside a log that grows.
            let tables = { @Sendable in try await desk.prepare(names, lanes: [TestLog.lane]) }
            try await fill.advance(to: head / 2, { _ in }, tables: tables)
            try await fill.advance(to: head) { _ in }
            await fill.end()
            await desk.close()
            #expect(try log.dump("sessions_next") == log.dump("sessions"))
            #expect(try log.dump("pages_next") == log.dump("pages"))
            #expect(try log.number("select position from sessions_next.checkpoint") == head)
        }
    }
}
