import EventLog
import EventModel
import Postgres
import Redis
import ServiceLifecycle
import StreamBuffer
import TestSupport
import Testing

@testable import Drain

@Suite struct DrainTests {
    /// Runs a drain until `body` returns, then ends it gracefully.
    static func withDrain(
        _ configuration: DrainConfiguration, _ body: (DrainMetrics) async throws -> Void
    ) async throws {
        let service = DrainService(configuration, logger: Samples.silent)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: service)], logger: Samples.silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body(service.metrics)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Looks until it is so, at most 20 s; the time between looks is a listener's wait for the next append.
    static func eventually(
        _ postgres: PostgresConfiguration, _ isSo: () throws -> Bool
    ) async throws {
        let follower = LogFollower(PostgresConnection(postgres))
        let deadline = ContinuousClock.now + .seconds(300)
        while try !isSo() {
            guard ContinuousClock.now < deadline else {
                Issue.record("never came true")
                return
            }
            _ = try follower.wait(millis: 50)
            await Task.yield()
        }
    }

    @Test func whatIsInTheBufferComesIntoTheLogOnceAndIsTrimmed() async throws {
        try await TestStores.shared.withDatabase { postgres in
            try await TestStores.shared.withRedis { redis in
                let appender = StreamAppender(redis, lanes: [0, 1])
                var batches = (0..<200).map { LaneBatch(lane: 0, bytes: Samples.batch($0 * 10..<$0 * 10 + 12)) }
                batches += (0..<50).map { LaneBatch(lane: 1, bytes: Samples.batch([$0])) }
                let before = batches
                #expect(await appender.append(before).allSatisfy(\.isDurable))
                let configuration = DrainConfiguration(postgres: postgres, redis: redis, lanes: [0, 1])
                try await Self.withDrain(configuration) { metrics in
                    let reader = LogReader(PostgresConnection(postgres))
                    try await Self.eventually(postgres) {
                        try reader.head(lane: 0) == 2002 && reader.head(lane: 1) == 50
                    }
                    // While it runs: what comes now is there soon.
                    #expect(await appender.append([LaneBatch(lane: 1, bytes: Samples.batch([1, 100]))]) == [.durable])
                    try await Self.eventually(postgres) { try reader.head(lane: 1) == 51 }
                }
                let connection = RedisConnection(redis)
                for lane in 0..<2 {
                    #expect(try connection.command(["XLEN", .text("footfall:{\(lane)}:events")]).integer == 0)
                }
                let report = try LogAccounting(PostgresConnection(postgres)).report(lanes: [0, 1])
                #expect(report.difference == 0 && report.total.committed == 2053)
                #expect(report.total.received == 2400 + 52)
                for lane: Lane in [0, 1] {
                    #expect(try LogVerifier(PostgresConnection(postgres)).verify(lane: lane).isIntact)
                }
            }
        }
    }

    /// 250 ms are promised from the request to the answer; an append and a projection come on top of the pace.
    @Test func fewEventsWaitLongerThanManyAndNeverTooLong() {
        #expect(LaneDrain.pace(after: 1) > LaneDrain.pace(after: 1000))
        #expect(LaneDrain.pace(after: 1) <= .milliseconds(200))
    }

    @Test func anEmptiedBufferLosesNothingThatComesAfter() async throws {
        try await TestStores.shared.withDatabase { postgres in
            try await TestStores.shared.withRedis { redis in
                let appender = StreamAppender(redis, lanes: [0])
                _ = await appender.append([LaneBatch(lane: 0, bytes: Samples.batch(0..<5))])
                let configuration = DrainConfiguration(postgres: postgres, redis: redis, lanes: [0])
                let reader = LogReader(PostgresConnection(postgres))
                try await Self.withDrain(configuration) { metrics in
                    let reader = LogReader(PostgresConnection(postgres))
                    try await Self.eventually(postgres) { try reader.head(lane: 0) == 5 }
                    _ = try RedisConnection(redis).command(["FLUSHDB"])
                    // The gateway was not sure about the first and sends it again.
                    _ = await appender.append([LaneBatch(lane: 0, bytes: Samples.batch(3..<8))])
                    try await Self.eventually(postgres) { try reader.head(lane: 0) == 8 }
                    // A read that was waiting when the buffer was emptied takes them in; the one after it notices.
                    try await Self.eventually(postgres) { metrics.snapshot(nowMillis: 0)[0]?.resets == 1 }
                }
                #expect(try reader.all(lane: 0).map(\.record) == (0..<8).map { Samples.record($0) })
            }
        }
    }

    @Test func aSecondDrainWaitsAndTakesOver() async throws {
        try await TestStores.shared.withDatabase { postgres in
            try await TestStores.shared.withRedis { redis in
                let configuration = DrainConfiguration(postgres: postgres, redis: redis, lanes: [0])
                let holder = PostgresConnection(postgres)
                let lock = "select pg_try_advisory_lock(\(0x4646_4452), 0)"
                #expect(try holder.query(lock).first?.bool(0) == true)
                let appender = StreamAppender(redis, lanes: [0])
                _ = await appender.append([LaneBatch(lane: 0, bytes: Samples.batch(0..<5))])
                try await Self.withDrain(configuration) { metrics in
                    let reader = LogReader(PostgresConnection(postgres))
                    _ = try LogFollower(PostgresConnection(postgres)).wait(millis: 400)
                    #expect(try reader.head(lane: 0) == 0)
                    holder.close()
                    try await Self.eventually(postgres) { try reader.head(lane: 0) == 5 }
                }
            }
        }
    }

    @Test func aLostSessionIsMadeAgainAndNothingIsLost() async throws {
        try await TestStores.shared.withDatabase { postgres in
            try await TestStores.shared.withRedis { redis in
                let appender = StreamAppender(redis, lanes: [0])
                let configuration = DrainConfiguration(postgres: postgres, redis: redis, lanes: [0])
                try await Self.withDrain(configuration) { metrics in
                    let connection = PostgresConnection(postgres)
                    let reader = LogReader(connection)
                    for round in 1...5 {
                        let numbers = (round - 1) * 100..<round * 100
                        _ = await appender.append(numbers.map { LaneBatch(lane: 0, bytes: Samples.batch([$0])) })
                        _ = try connection.query(
                            """
                            select pg_terminate_backend(pid) from pg_stat_activity
                            where datname = current_database() and pid <> pg_backend_pid()
                            """)
                        try await Self.eventually(postgres) { try reader.head(lane: 0) == Int64(round * 100) }
                    }
                }
                let report = try LogAccounting(PostgresConnection(postgres)).report(lanes: [0])
                #expect(report.total.received == 500 && report.total.committed == 500 && report.difference == 0)
            }
        }
    }

    @Test func whatIsInFlightIsCounted() async throws {
        try await TestStores.shared.withDatabase { postgres in
            try await TestStores.shared.withRedis { redis in
                let refusals = [RefusalTally(shop: 3, reason: .tooOld, count: 4)]
                let bytes = Samples.batch([Samples.record(1)], tallies: refusals)
                _ = await StreamAppender(redis, lanes: [0]).append([
                    LaneBatch(lane: 0, bytes: bytes), LaneBatch(lane: 0, bytes: [1]),
                ])
                let head = try LogWriter(PostgresConnection(postgres)).head(lane: 0)
                let flight = try InFlight(lane: 0, after: head.cursor, RedisConnection(redis))
                #expect(flight.received == 6 && flight.entries == 2 && flight.sheet.shops[3]?.received == 4)
            }
        }
    }
}
