import EventModel
import Foundation
import Postgres
import Projector
import ReadModels
import Testing

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
            #expect(comparisons.count == 4)
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
}
