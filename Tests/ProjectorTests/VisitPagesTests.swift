import EventModel
import Postgres
import ReadModels
import Testing

/// A visitor's visits are read from the table some at a time, and no more than events can change.
@Suite struct VisitPagesTests {
    private struct Recall: EventRecall {
        let facts: [EventFacts]

        func events(
            shop: ShopID, visitor: Key128, positions: PositionSet, through: Position
        ) throws -> [EventFacts] {
            facts.filter { event in
                event.position <= through && positions.runs.contains { ($0.first...$0.last).contains(event.position) }
            }
        }
    }

    /// Folds these as a projector would that forgets visitors now and then.
    private func project(
        _ facts: [EventFacts], _ log: TestLog, visitsReadMax: Int, _ random: inout SplitMix
    ) throws {
        var model = SessionsProjection(lane: TestLog.lane, schema: "sessions", visitsReadMax: visitsReadMax)
        var after = 0
        while after < facts.count {
            let through = min(facts.count, after + Int.random(in: 1...20, using: &random))
            let batch = FactBatch(
                lane: TestLog.lane, after: Position(after), through: Position(through),
                events: Array(facts[after..<through]))
            let changes = try model.fold(batch, on: log.connection, recall: Recall(facts: facts))
            try model.write(changes, version: Position(through), on: log.connection)
            model.confirm(changes)
            if Bool.random(using: &random) { model.reset() }
            after = through
        }
    }

    @Test(arguments: 0..<12) func howManyAreReadAtATimeDoesNotShow(seed: UInt64) async throws {
        try await TestLog.with { log in
            var random = SplitMix(seed &+ 2000)
            let facts = try TestRules.facts(VisitFoldTests.randomEvents(&random).shuffled(using: &random))
            try project(facts, log, visitsReadMax: 2, &random)
            let rows = try log.connection.query("select state, activity from sessions.session order by started_at")
            let expected = VisitFoldTests.rows(VisitFoldTests.fold(facts.sorted { $0.order < $1.order }))
            #expect(rows.map { $0.bytes(0) + $0.bytes(1) } == expected)
        }
    }

    /// One event of long ago, of a visitor who came back a thousand times since.
    @Test func anEventOfLongAgoReadsFewVisits() async throws {
        try await TestLog.with { log in
            let visits = (1...1_000).map { TestEvent(time: VisitFoldTests.base + Int64($0) * 10_000_000) }
            let facts = try TestRules.facts(visits + [TestEvent(time: VisitFoldTests.base)])
            var random = SplitMix(1)
            try project(Array(facts.dropLast()), log, visitsReadMax: 64, &random)
            var model = SessionsProjection(lane: TestLog.lane, schema: "sessions")
            let batch = FactBatch(lane: TestLog.lane, after: 1_000, through: 1_001, events: Array(facts.suffix(1)))
            let changes = try model.fold(batch, on: log.connection, recall: Recall(facts: facts))
            #expect(changes.visitsHeld < 100)
            try model.write(changes, version: 1_001, on: log.connection)
            #expect(try log.number("select count(*) from sessions.session") == 1_001)
            #expect(try log.number("select count(*) from sessions.session where flags & 32 = 0") == 1)
        }
    }
}
