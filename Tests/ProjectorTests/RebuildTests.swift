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
            let outcomes = try LogRetention(log.connection).drop(
                endedBefore: base + week, projected: projected)
            #expect(outcomes.contains { $0.eventCount == 4 && $0.refusal == nil })
            #expect(try await rebuilder.beginnings() == [TestLog.lane: 5])
            await #expect(throws: ProjectionRebuilder.Failure.self) { try await rebuilder.rebuild(["sessions"]) }
            try await rebuilder.rebuild(["sessions"], acceptsDifferences: true)
            #expect(try log.number("select count(*) from sessions.session") == 3)
        }
    }

    @Test func batchesOfARebuildGrowAndShrink() {
        var (done, sizes): (Int64, [Int]) = (0, [])
        while done < 400_000 {
            sizes.append(LaneFill.size(done: done, left: 400_000 - done))
            done += Int64(sizes.last ?? 0)
        }
        #expect(done == 400_000 && sizes.first == 8000 && (sizes.last ?? 0) <= 8000 && sizes.max() == 50_000)
        #expect(LaneFill.size(done: 0, left: 3) == 3)
    }
}
