import EventModel
import Postgres
import Redis
import StreamBuffer
import TestSupport
import Testing

@testable import Drain
@testable import EventLog

/// What a buffer lost after it had confirmed it is counted, and nothing else is called lost.
@Suite struct LossTests {
    private static let writer = Key128(high: 3, low: 4)

    private static func stamp(_ before: Int64, _ through: Int64, _ writer: Key128 = writer) -> WriterStamp {
        WriterStamp(writer: writer, before: before, through: through)
    }

    private static func note(_ appender: StreamAppender, _ connection: PostgresConnection) async throws {
        let counts = await appender.answered
        try BufferBooks.note(counts.map { ($0.lane, $0.writer, $0.events) }, on: connection)
        await appender.didNote(counts)
    }

    @Test func aStampTravelsAsBytes() {
        let stamp = Self.stamp(7, 9)
        #expect(WriterStamp(stamp.bytes) == stamp)
        #expect(WriterStamp(Array(stamp.bytes.dropLast())) == nil && WriterStamp(Self.stamp(9, 7).bytes) == nil)
        let tallies = [(1, 70_000), (2, 1)].map { RefusalTally(shop: $0.0, reason: .tooOld, count: $0.1) }
        #expect(EventBatch.receivedCount(Samples.batch([Samples.record(1)], tallies: tallies)) == 70_002)
        #expect(EventBatch.receivedCount([1, 2, 3]) == 1)
    }

    @Test func entriesWithoutAGapAreOneRun() {
        let other = Key128(high: 9, low: 9)
        let runs = TakenRun.runs([
            Self.stamp(0, 2), Self.stamp(0, 5), Self.stamp(5, 6), Self.stamp(9, 10), Self.stamp(0, 1, other),
            Self.stamp(10, 12),
        ])
        #expect(runs.map(\.before) == [0, 9, 0, 10] && runs.map(\.through) == [6, 10, 1, 12])
    }

    /// Numbers of events in the buffer, before and after it is emptied, against a drain that comes and goes.
    @Test func aFlushedBufferIsMissed() async throws {
        try await TestStores.shared.withDatabase { postgres in
            try await TestStores.shared.withRedis { redis in
                let (connection, client) = (PostgresConnection(postgres), RedisConnection(redis))
                let balance = { try BufferBalance(lanes: [0, 1], log: connection, redis: client) }
                let appender = StreamAppender(redis, lanes: [0, 1])
                let drain = DrainConfiguration(postgres: postgres, redis: redis, lanes: [0, 1])
                let reader = LogReader(PostgresConnection(postgres))
                func send(_ numbers: Range<Int>) async throws {
                    let batch = LaneBatch(lane: 0, bytes: Samples.batch(numbers))
                    #expect(await appender.append([batch]) == [.durable])
                    try await Self.note(appender, connection)
                }
                try await send(0..<4)
                #expect(try balance().inFlight == 4 && balance().lost == 0)
                try await DrainTests.withDrain(drain) { _ in
                    try await DrainTests.eventually(postgres) { try reader.head(lane: 0) == 4 }
                }
                #expect(try balance().inFlight == 0 && balance().lost == 0)
                try await send(4..<7)
                _ = try client.command(["FLUSHDB"])
                #expect(try balance().lost == 3 && balance().inFlight == 0 && balance().answered == 7)
                // While something waits nothing more is said than what its number proves.
                try await send(7..<9)
                #expect(try balance().lost == 0 && balance().inFlight == 5)
                try await DrainTests.withDrain(drain) { _ in
                    try await DrainTests.eventually(postgres) { try reader.head(lane: 0) == 6 }
                }
                #expect(try balance().lost == 3 && balance().inFlight == 0 && balance().answered == 9)
                // Another process; an append of which only Redis knows.
                let second = StreamAppender(redis, lanes: [0, 1])
                _ = await second.append([LaneBatch(lane: 1, bytes: Samples.batch(9..<12))])
                try await DrainTests.withDrain(drain) { _ in
                    try await DrainTests.eventually(postgres) { try reader.head(lane: 1) == 3 }
                }
                #expect(try balance().lost == 3 && balance().answered == 9)
                let away = try BufferBalance(lanes: [0, 1], log: connection, redis: nil)
                #expect(away.lost == 3 && away.inFlight == 0)
            }
        }
    }

    /// An append that was in the stream though it was answered for as failed hides no loss that comes after it.
    @Test func aLossAfterAnAppendOfUnknownOutcomeIsCountedWhole() async throws {
        try await TestStores.shared.withDatabase { postgres in
            try await TestStores.shared.withRedis { redis in
                let (connection, client) = (PostgresConnection(postgres), RedisConnection(redis))
                let proxy = try CuttingProxy(redis: redis.url)
                let appender = StreamAppender(RedisConfiguration(url: proxy.url), lanes: [0], logger: Samples.silent)
                let drain = DrainConfiguration(postgres: postgres, redis: redis, lanes: [0])
                let reader = LogReader(PostgresConnection(postgres))
                proxy.arm(.replyTo("XADD"))
                #expect(await appender.append([LaneBatch(lane: 0, bytes: Samples.batch(0..<5))]) == [.durable])
                #expect(try client.command(["XLEN", "footfall:{0}:events"]).integer == 2, "twice in the stream")
                try await Self.note(appender, connection)
                try await DrainTests.withDrain(drain) { _ in
                    try await DrainTests.eventually(postgres) { try reader.head(lane: 0) == 5 }
                    try await DrainTests.eventually(postgres) {
                        try BufferBalance(lanes: [0], log: connection, redis: client).inFlight == 0
                    }
                }
                #expect(try BufferBalance(lanes: [0], log: connection, redis: client).lost == 0)
                #expect(await appender.append([LaneBatch(lane: 0, bytes: Samples.batch(5..<7))]) == [.durable])
                _ = try client.command(["FLUSHDB"])
                #expect(await appender.append([LaneBatch(lane: 0, bytes: Samples.batch(7..<8))]) == [.durable])
                try await Self.note(appender, connection)
                try await DrainTests.withDrain(drain) { _ in
                    try await DrainTests.eventually(postgres) { try reader.head(lane: 0) == 6 }
                }
                #expect(try BufferBalance(lanes: [0], log: connection, redis: client).lost == 2)
            }
        }
    }

    /// Entries that vanish anywhere, appends that are cut anyhow and read again: what is missing is what vanished.
    @Test(arguments: 1...8) func whatVanishedIsWhatIsMissing(seed: UInt64) async throws {
        try await TestStores.shared.withDatabase { postgres in
            var random = SeededGenerator(seed: seed)
            let connection = PostgresConnection(postgres)
            let log = LogWriter(connection)
            var planner = AppendPlanner(lane: 0)
            var counts: [Int64] = [0, 0, 0]
            var vanished: Int64 = 0
            var entries: [AppendEntry] = []
            for number in 0..<120 {
                let who = Int.random(in: 0..<3, using: &random)
                let size = Int64.random(in: 1...3, using: &random)
                let stamp = Self.stamp(counts[who], counts[who] + size, Key128(high: 1, low: UInt64(who)))
                counts[who] += size
                // The last ones stay, so that each loss has a later entry that tells of it.
                if number < 100, Bool.random(using: &random) {
                    vanished += size
                } else {
                    entries.append(
                        AppendEntry(
                            place: StreamPlace(millis: Int64(number), sequence: 0), bytes: Samples.batch([number]),
                            stamp: stamp))
                }
            }
            var next = 0
            while next < entries.count {
                let end = min(entries.count, next + Int.random(in: 1...20, using: &random))
                // Now and then from the beginning, as after a Redis that came back.
                let start = Bool.random(using: &random) ? next : 0
                let incarnation = Key128(high: 2, low: UInt64(start == next ? 0 : end))
                _ = try log.append(planner.plan(Array(entries[start..<end]), incarnation: incarnation))
                next = end
            }
            let books = try #require(try BufferBooks(connection).lanes[0])
            #expect(books.lost == vanished)
        }
    }
}
