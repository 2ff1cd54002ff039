import EventModel
import PrivateStores
import Redis
import StreamBuffer
import TestSupport
import Testing

@Suite struct StreamTests {
    private static let lane: Lane = 2
    private static let key = RedisArgument.text("footfall:{2}:events")

    private static func append(_ bytes: [UInt8], _ redis: RedisConnection) throws -> StreamEntryID {
        let reply = try redis.command(["XADD", key, "*", "b", .bytes(bytes)])
        return try #require(reply.bytes.flatMap { StreamEntryID($0) })
    }

    @Test func whatIsAppendedIsReadInOrderAndTrimmedAfterItsCommit() async throws {
        try await TestStores.shared.withRedis { configuration in
            let appender = StreamAppender(configuration, lanes: [1, 2])
            let outcomes = await appender.append([
                LaneBatch(lane: 2, bytes: [1]), LaneBatch(lane: 1, bytes: [9]), LaneBatch(lane: 2, bytes: [2]),
            ])
            #expect(outcomes == [.durable, .durable, .durable])
            let reader = StreamReader(lane: 2, redis: RedisConnection(configuration))
            let page = try reader.read(blockMillis: 0)
            #expect(page.entries.map(\.bytes) == [[1], [2]] && page.reset == nil)
            #expect(try reader.read(blockMillis: 1).entries.isEmpty)
            #expect(await appender.append([LaneBatch(lane: 2, bytes: [3])]) == [.durable])
            #expect(try reader.read(blockMillis: 200).entries.map(\.bytes) == [[3]])
            try reader.trim(now: true)
            #expect(try reader.length() == 3, "nothing is trimmed that was not committed")
            reader.didCommit(through: page.entries[1].id, entries: 2)
            try reader.trim(now: true)
            #expect(try reader.length() == 1)
        }
    }

    @Test func anEmptiedRedisIsReadFromItsBeginning() async throws {
        try await TestStores.shared.withRedis { configuration in
            let redis = RedisConnection(configuration)
            let reader = StreamReader(lane: Self.lane, redis: RedisConnection(configuration))
            _ = try Self.append([1], redis)
            let first = try reader.read(blockMillis: 0)
            _ = try redis.command(["FLUSHDB"])
            // Whatever came after has ids of which some may be smaller: here the clock was set back.
            _ = try redis.command(["XADD", Self.key, "5-1", "b", .bytes([2])])
            let second = try reader.read(blockMillis: 0)
            #expect(second.reset == .emptied && second.incarnation != first.incarnation)
            #expect(second.entries.map(\.bytes) == [[2]])
            #expect(try reader.read(blockMillis: 0).reset == nil)
        }
    }

    @Test func anOlderRedisGetsANewIncarnation() async throws {
        try await TestStores.shared.withRedis { configuration in
            let redis = RedisConnection(configuration)
            let reader = StreamReader(lane: Self.lane, redis: RedisConnection(configuration))
            let kept = try Self.append([1], redis)
            let first = try reader.read(blockMillis: 0)
            // The log has read an entry that this Redis, restored from a copy, has never given out.
            reader.seek(to: (first.incarnation, StreamEntryID(millis: kept.millis + 60_000, sequence: 0)))
            let second = try reader.read(blockMillis: 0)
            #expect(second.reset == .older && second.incarnation != first.incarnation)
            #expect(second.entries.map(\.bytes) == [[1]])
        }
    }

    @Test func anEntryOfSomebodyElseIsDamageAndNoEnd() async throws {
        try await TestStores.shared.withRedis { configuration in
            let redis = RedisConnection(configuration)
            _ = try redis.command(["XADD", Self.key, "*", "other", "x", "b", "y"])
            _ = try Self.append([7], redis)
            let reader = StreamReader(lane: Self.lane, redis: redis)
            #expect(try reader.read(blockMillis: 0).entries.map(\.bytes) == [[], [7]])
        }
    }

    @Test func theLimitIsAnAnswer() async throws {
        try await TestStores.shared.withRedis { configuration in
            let appender = StreamAppender(configuration, lanes: [0], limits: StreamLimits(entriesMax: 2))
            let batch = LaneBatch(lane: 0, bytes: [1])
            #expect(await appender.append([batch]) == [.durable])
            #expect(await appender.append([batch]) == [.durable])
            #expect(await appender.append([batch]) == [.full(retryAfterSeconds: 5)])
            let small = StreamAppender(configuration, lanes: [0], limits: StreamLimits(bytesMax: 10))
            #expect(await small.append([batch]) == [.full(retryAfterSeconds: 5)])
        }
    }

    /// Full of what is not ours: the log has to take the batch.
    @Test func aRedisWithoutMemoryIsUnavailableAndComesBack() async throws {
        try await TestStores.shared.withPrivateStores { _, addresses in
            let configuration = RedisConfiguration(url: addresses.redisURL)
            let redis = RedisConnection(configuration)
            let appender = StreamAppender(configuration, lanes: [0], logger: Samples.silent)
            _ = try redis.command(["CONFIG", "SET", "maxmemory", "1"])
            let refused = AppendOutcome.unavailable(retryAfterSeconds: 1)
            #expect(await appender.append([LaneBatch(lane: 0, bytes: [1])]) == [refused])
            let two = [LaneBatch(lane: 0, bytes: [1]), LaneBatch(lane: 1, bytes: [2])]
            #expect(await appender.append(two) == [refused, refused])
            _ = try redis.command(["CONFIG", "SET", "maxmemory", "0"])
            #expect(await appender.append([LaneBatch(lane: 0, bytes: [1])]) == [.durable])
            #expect(await appender.append(two) == [.durable, .durable])
            #expect(try redis.command(["XLEN", "footfall:{0}:events"]).integer == 2)
        }
    }

    @Test func ofSeveralBatchesOnlyTheOneThatCannotBeTakenIsRefused() async throws {
        try await TestStores.shared.withRedis { configuration in
            let redis = RedisConnection(configuration)
            _ = try redis.command(["SET", Self.key, "no stream"])
            let appender = StreamAppender(configuration, lanes: [0], logger: Samples.silent)
            let outcomes = await appender.append([
                LaneBatch(lane: 0, bytes: [1]), LaneBatch(lane: Self.lane, bytes: [2]), LaneBatch(lane: 0, bytes: [3]),
            ])
            #expect(outcomes == [.durable, .unavailable(retryAfterSeconds: 1), .durable])
            #expect(try redis.command(["XLEN", "footfall:{0}:events"]).integer == 2)
        }
    }

    @Test func aRedisThatIsAwayIsUnavailableAtOnceAndComesBack() async throws {
        let nowhere = StreamAppender(
            RedisConfiguration(url: "unix:///nonexistent/redis.sock"), lanes: [0], logger: Samples.silent)
        for _ in 0..<3 {
            #expect(await nowhere.append([LaneBatch(lane: 0, bytes: [1])]) == [.unavailable(retryAfterSeconds: 1)])
        }
        try await TestStores.shared.withRedis { configuration in
            let redis = RedisConnection(configuration)
            let appender = StreamAppender(configuration, lanes: [0], logger: Samples.silent)
            #expect(await appender.append([LaneBatch(lane: 0, bytes: [1])]) == [.durable])
            // Its connection is cut; the write goes out again on a new one.
            _ = try redis.command(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
            #expect(await appender.append([LaneBatch(lane: 0, bytes: [2])]) == [.durable])
            #expect(try redis.command(["XLEN", "footfall:{0}:events"]).integer == 2)
        }
    }

    @Test func durabilityIsAskedOfTheServer() async throws {
        try await TestStores.shared.withRedis { configuration in
            let durability = try StreamDurability(RedisConnection(configuration))
            #expect(!durability.isDurable, "the tests' server does not sync")
            #expect(durability.evictionPolicy == "noeviction")
        }
    }

    @Test func waitsGrowAndStayBounded() {
        var backoff = Backoff()
        let waits = (0..<40).map { _ in backoff.next() }
        #expect(waits.allSatisfy { $0 <= Backoff.longest && $0 >= Backoff.first })
        #expect(waits[30] >= .milliseconds(500))
        backoff.reset()
        #expect(backoff.next() <= Backoff.first * 2)
    }
}
