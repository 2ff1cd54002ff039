import EventLog
import EventModel
import Foundation
import Logging
import Postgres
import Projector
import ReadModels
import ServiceLifecycle
import Testing

/// The projector on a real log.
@Suite struct LiveProjectionTests {
    @Test func anyOrderAndBatchingGivesEqualRows() async throws {
        var random = SplitMix(7)
        let events = Self.shoppers(&random)
        let expected = try await TestLog.with { log in
            try log.append(events.sorted { $0.time < $1.time })
            try await log.project(batchSize: 100_000)
            return try ProjectionSchemas.names.map { try log.dump($0) }
        }
        #expect(expected[0].count > 30)
        for batchSize in [1000, 37, 3] {
            let shuffled = events.shuffled(using: &random)
            try await TestLog.with { log in
                try log.append(shuffled, batchSize: 61)
                try await log.project(batchSize: batchSize)
                for (name, rows) in zip(ProjectionSchemas.names, expected) { #expect(try log.dump(name) == rows) }
            }
        }
    }

    @Test func aBadEventWaitsWithTheLaterOnesOfItsVisitor() async throws {
        try await TestLog.with { log in
            let base = VisitFoldTests.base
            let events = (0..<6).map { TestEvent(visitor: UInt64($0 % 2 + 1), time: base + Int64($0) * 1000) }
            try log.append(events, damaged: [2])
            try await log.project(batchSize: 2)
            #expect(try log.number("select count(*) from projection.waiting where projection = 'sessions'") == 2)
            #expect(try log.number("select sum(events) from sessions.session") == 4)
            // The other visitor is whole.
            #expect(try log.number("select max(events) from sessions.session") == 3)
        }
    }

    @Test func whatWaitsIsTriedAgainAndComesWithTheNextBatch() async throws {
        try await TestLog.with { log in
            let base = VisitFoldTests.base
            let events = (0..<4).map { TestEvent(time: base + Int64($0) * 1000) }
            try log.append(Array(events[..<3]), damaged: [1])
            let projector = LaneProjector(lane: TestLog.lane, names: ["sessions"], log.configuration)
            let reader = LaneReader(lane: TestLog.lane, log.configuration)
            #expect(try await projector.take())
            try await projector.apply(reader.read(after: 0, limit: 10))
            #expect(try log.number("select events from sessions.session") == 1)
            // Nothing has changed yet.
            try await projector.retryWaiting()
            #expect(try log.number("select count(*) from projection.waiting") == 2)
            var compressor = PayloadCompressor(.none)
            let whole = events[1].record(&compressor).payload
            try log.connection.execute("set session_replication_role = replica")
            _ = try log.connection.query("update log.event set payload = $1 where position = 2", [.bytes(whole)])
            try log.append([events[3]])
            try await projector.retryWaiting()
            try await projector.apply(reader.read(after: 3, limit: 10))
            #expect(try log.number("select events from sessions.session") == 4)
            #expect(try log.number("select count(*) from projection.waiting") == 0)
            await projector.release()
            await reader.close()
        }
    }

    /// After such a batch the projector waits to be told of the next append, and asks no more.
    @Test func aBatchKnowsWhetherItIsTheLast() async throws {
        try await TestLog.with { log in
            try log.append((0..<4).map { TestEvent(time: VisitFoldTests.base + Int64($0) * 1000) })
            let reader = LaneReader(lane: TestLog.lane, log.configuration)
            #expect(try await !reader.read(after: 0, limit: 3).isLast)
            // The rest of a page that ends there, and a page of its own.
            #expect(try await !reader.read(after: 3, limit: 1).isLast)
            #expect(try await !reader.read(after: 0, limit: 4).isLast)
            #expect(try await reader.read(after: 0, limit: 5).isLast)
            #expect(try await !reader.read(after: 4, limit: 5).isLast)
            await reader.close()
        }
    }

    @Test func oldRemovalsAreForgotten() async throws {
        try await TestLog.with { log in
            let kept = SessionsProjection.removalsKept
            try log.connection.execute(
                """
                insert into sessions.session_removed select lane, 1, version, gen_random_uuid(), now()
                from (values (1, 5), (1, 99999), (1, 100001), (2, 5)) as r (lane, version)
                """)
            var model = SessionsProjection(lane: TestLog.lane, schema: "sessions")
            for through in [kept + 99_999, kept + 100_000] {
                let batch = FactBatch(lane: TestLog.lane, after: through - 1, through: through, events: [])
                let changes = try model.fold(batch, on: log.connection, recall: NoRecall())
                try model.write(changes, version: through, on: log.connection)
                model.confirm(changes)
            }
            #expect(try log.number("select count(*) from sessions.session_removed where lane = 1") == 1)
            #expect(try log.number("select count(*) from sessions.session_removed where lane = 2") == 1)
            #expect(try log.number("select version from sessions.session_trimmed where lane = 1") == 100_000)
        }
    }

    private struct NoRecall: EventRecall {
        func events(
            shop: ShopID, visitor: Key128, positions: PositionSet, through: Position
        ) throws -> [EventFacts] { [] }
    }

    @Test func aLateEventThatMergesVisitsLeavesAWordForReaders() async throws {
        try await TestLog.with { log in
            let base = VisitFoldTests.base
            try log.append([TestEvent(time: base), TestEvent(time: base + 3_000_000)])
            try await log.project()
            #expect(try log.number("select count(*) from sessions.session") == 2)
            try log.append([TestEvent(time: base + 1_500_000)])
            try await log.project()
            #expect(try log.number("select count(*) from sessions.session") == 1)
            #expect(try log.number("select count(*) from sessions.session_removed") == 1)
            #expect(try log.number("select version from sessions.session_removed") == 3)
            #expect(try log.number("select version from sessions.session") == 3)
        }
    }

    @Test func onlyOneProjectorHasALane() async throws {
        try await TestLog.with { log in
            try log.append([TestEvent(time: VisitFoldTests.base)])
            let first = LaneProjector(lane: TestLog.lane, names: ProjectionSchemas.names, log.configuration)
            let second = LaneProjector(lane: TestLog.lane, names: ProjectionSchemas.names, log.configuration)
            #expect(try await first.take())
            #expect(try await !second.take())
            // The second one goes ahead all the same: the checkpoint stops whoever comes later.
            try await second.load()
            let batch = try await LaneReader(lane: TestLog.lane, log.configuration).read(after: 0, limit: 10)
            try await first.apply(batch)
            await #expect(throws: LaneProjector.Displaced.self) { try await second.apply(batch) }
            #expect(try log.number("select sum(events) from sessions.session") == 1)
        }
    }

    @Test func aSessionLostBeforeTheCommitLeavesNothingBehind() async throws {
        try await TestLog.with { log in
            try log.append(
                (0..<20).map { TestEvent(visitor: UInt64($0 % 3 + 1), time: VisitFoldTests.base + Int64($0)) })
            let projector = LaneProjector(lane: TestLog.lane, names: ProjectionSchemas.names, log.configuration)
            #expect(try await projector.take())
            let batch = try await LaneReader(lane: TestLog.lane, log.configuration).read(after: 0, limit: 20)
            // The last statement of the transaction waits for this row; then its session is ended.
            let blocker = PostgresConnection(log.database)
            try blocker.execute(
                "begin; select * from pages.checkpoint for update; select * from shops.checkpoint for update")
            let database = log.database
            await withDiscardingTaskGroup { group in
                group.addTask { await #expect(throws: (any Error).self) { try await projector.apply(batch) } }
                group.addTask { await Self.endBlockedSession(database) }
            }
            try blocker.execute("rollback")
            #expect(try log.number("select count(*) from sessions.session") == 0)
            await projector.release()
            try await log.project(batchSize: 7)
            #expect(try log.number("select sum(events) from sessions.session") == 20)
            #expect(try log.number("select sum(events) from shops.shop") == 20)
        }
    }

    /// Ends the session that waits for a lock, as soon as there is one.
    private static func endBlockedSession(_ database: PostgresConfiguration) async {
        let connection = PostgresConnection(database)
        let sql = """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'
            """
        // A failed look is no reason to go on looking; the test then fails by itself.
        while let rows = try? connection.query(sql), rows.isEmpty { await Task.yield() }
    }

    @Test func theServiceFollowsTheLog() async throws {
        try await TestLog.with { log in
            let service = ProjectorService(log.configuration, logger: Logger(label: "test"))
            try log.connection.listen(to: ["footfall_projection"])
            let group = ServiceGroup(services: [service], logger: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                for round in 1...3 {
                    try log.append([TestEvent(time: VisitFoldTests.base + Int64(round) * 1000)])
                    var heard: [PostgresNotification] = []
                    let deadline = ContinuousClock.now + .seconds(300)
                    while !heard.contains(where: { $0.payload == "\(TestLog.lane):\(round)" }) {
                        try #require(ContinuousClock.now < deadline, "round \(round) was never projected")
                        // Short, because it blocks one of the few threads that the service runs on as well.
                        heard += try log.connection.notifications(waitMillis: 10)
                        await Task.yield()
                    }
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            #expect(try log.number("select events from sessions.session") == 3)
            #expect(service.metrics.figures[TestLog.lane]?.position == 3)
        }
    }

    @Test func noPlanScansATable() async throws {
        try await TestLog.with { log in
            try log.append((0..<50).map { TestEvent(visitor: UInt64($0), time: VisitFoldTests.base + Int64($0)) })
            try await log.project()
            let connection = PostgresConnection(log.configuration.database)
            for sql in [
                "select * from log.event where lane = 1 and position > 5 and position <= 10 and received_at > now()",
                """
                select s.state from unnest('{1}'::int4[], array[gen_random_uuid()]) w (shop_id, visitor)
                join sessions.session s on s.lane = 1 and s.shop_id = w.shop_id and s.visitor = w.visitor
                """,
            ] {
                let plan = try connection.query("explain \(sql)").map { $0.text(0) }.joined(separator: "\n")
                #expect(!plan.contains("Seq Scan"), "\(plan)")
            }
        }
    }

    /// Visits of some 12 visitors in two shops over three days, with runs of over 24 hours.
    static func shoppers(_ random: inout SplitMix) -> [TestEvent] {
        (1...12).flatMap { visitor in
            VisitFoldTests.randomEvents(&random).map { event in
                var event = event
                event.visitor = UInt64(visitor)
                event.shop = ShopID(visitor % 2 + 1)
                event.id = "\(event.id)-\(visitor)"
                if visitor == 5 { event.userAgent = "Googlebot/2.1" }
                return event
            }
        }
    }
}
