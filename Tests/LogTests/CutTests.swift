import EventModel
import Postgres
import Redis
import StreamBuffer
import TestSupport
import Testing

@testable import Drain
@testable import EventLog

/// Connections that break in the middle of a frame, and replies that never arrive: nothing is lost, nothing is there
/// twice.
@Suite struct CutTests {
    /// Two events in two shops, one sealed under a key that is granted with it, one with another identity.
    private static func batch(_ number: Int) -> [UInt8] {
        let grant = SubjectKeyGrant(
            shop: 1, keyID: Key128(high: 5, low: UInt64(number)), handleKind: 1,
            handle: Key128(high: 6, low: UInt64(number)), wrapped: [1, 2, 3])
        return Samples.batch(
            [Samples.record(number * 3), Samples.record(number * 3 + 1, shop: 2)],
            aliases: [1: [Key128(high: 7, low: UInt64(number))]], keys: [grant],
            tallies: [RefusalTally(shop: 2, reason: .tooOld, count: 1)])
    }

    private static func proxied(_ configuration: PostgresConfiguration) throws -> (CuttingProxy, PostgresConfiguration)
    {
        let proxy = try CuttingProxy(postgres: configuration.url)
        var through = configuration
        through.url = proxy.url
        return (proxy, through)
    }

    /// Each round cuts a little later, until an append passes whole: through the greeting, through BEGIN, COPY and COMMIT.
    @Test(arguments: [true, false]) func anAppendThatIsCutAnywhereIsThereOnce(ofRequest: Bool) async throws {
        try await TestStores.shared.withDatabase { configuration in
            let (proxy, through) = try Self.proxied(configuration)
            let reader = LogReader(PostgresConnection(configuration))
            var step = 0
            var round: Int64 = 0
            repeat {
                round += 1
                // A session and a writer of its own, so that what is sent is the same in every round.
                let writer = LogWriter(PostgresConnection(through))
                var planner = AppendPlanner(lane: 0)
                let entry = AppendEntry(place: StreamPlace(millis: round, sequence: 0), bytes: Self.batch(Int(round)))
                let plan = planner.plan([entry], incarnation: Key128(high: 1, low: 1))
                step += 61
                proxy.arm(ofRequest ? .afterRequestBytes(step) : .afterReplyBytes(step))
                if (try? writer.append(plan)) == nil {  // what was cut is given again, as after any failure
                    proxy.arm(nil)
                    _ = try writer.append(plan)
                }
                #expect(try reader.head(lane: 0) == round * 2, "\(step)")
            } while proxy.cutCount == Int(round)
            #expect(round > 20, "it was cut at many places")
            let report = try LogAccounting(PostgresConnection(configuration)).report(lanes: [0])
            #expect(report.difference == 0 && report.total.received == round * 3 && report.total.duplicate == 0)
            #expect(try LogVerifier(PostgresConnection(configuration)).verify(lane: 0).isIntact)
        }
    }

    @Test func aCommitWhoseReplyIsLostIsFound() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let (proxy, through) = try Self.proxied(configuration)
            let writer = LogWriter(PostgresConnection(through))
            var planner = AppendPlanner(lane: 0)
            let entry = AppendEntry(place: StreamPlace(millis: 1, sequence: 0), bytes: Self.batch(1))
            let plan = planner.plan([entry], incarnation: Key128(high: 1, low: 1))
            // Partitions and kinds are made and committed before.
            _ = try writer.append([Self.batch(0)], lane: 0)
            proxy.arm(.commit)
            let error = #expect(throws: PostgresError.self) { try writer.append(plan) }
            #expect(error?.isConnectionLost == true && proxy.cutCount == 1)
            #expect(try LogReader(PostgresConnection(configuration)).head(lane: 0) == 4, "it was committed")
            #expect(try writer.append(plan).wasCommitted)
        }
    }

    /// What the gateway writes and the drain reads, cut at places that move through the frames, in both stores at once.
    @Test func whatIsCutOnTheWayThroughArrivesOnce() async throws {
        try await TestStores.shared.withDatabase { postgres in
            try await TestStores.shared.withRedis { redis in
                let (database, throughDatabase) = try Self.proxied(postgres)
                let buffer = try CuttingProxy(redis: redis.url)
                let throughBuffer = RedisConfiguration(url: buffer.url)
                let appender = StreamAppender(throughBuffer, lanes: [0], logger: Samples.silent)
                let drain = DrainConfiguration(postgres: throughDatabase, redis: throughBuffer, lanes: [0])
                let rounds = 60
                try await DrainTests.withDrain(drain) { _ in
                    let reader = LogReader(PostgresConnection(postgres))
                    for round in 0..<rounds {
                        buffer.arm(Self.cut(round, swallowing: .replyTo("XADD")))
                        database.arm(Self.cut(round * 7, swallowing: .commit))
                        var isTaken = false
                        while !isTaken {
                            let batch = LaneBatch(lane: 0, bytes: Self.batch(round))
                            isTaken = await appender.append([batch]) == [.durable]
                        }
                        try await DrainTests.eventually(postgres) { try reader.head(lane: 0) == Int64(round + 1) * 2 }
                    }
                }
                #expect(buffer.cutCount > rounds / 2 && database.cutCount > rounds / 2)
                let connection = PostgresConnection(postgres)
                let report = try LogAccounting(connection).report(lanes: [0])
                #expect(report.difference == 0 && report.total.committed == Int64(rounds) * 2)
                #expect(try LogVerifier(connection).verify(lane: 0).isIntact)
                try BufferBooks.note(await appender.answered.map { ($0.lane, $0.writer, $0.events) }, on: connection)
                let balance = try BufferBalance(lanes: [0], log: connection, redis: RedisConnection(redis))
                #expect(balance.lost == 0 && balance.inFlight == 0 && balance.answered == Int64(rounds) * 3)
            }
        }
    }

    private static func cut(_ number: Int, swallowing reply: Cut) -> Cut {
        switch number % 3 {
        case 0: .afterRequestBytes(number * 5)
        case 1: reply
        default: .afterReplyBytes(number * 2)
        }
    }
}
