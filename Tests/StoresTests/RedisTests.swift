import Redis
import TestSupport
import Testing

@Suite struct RedisTests {
    @Test func valuesAreBinarySafe() async throws {
        try await TestStores.shared.withRedis { configuration async throws in
            let redis = RedisConnection(configuration)
            let value: [UInt8] = [0, 13, 10, 255, 0] + [UInt8](repeating: 7, count: 100_000)
            #expect(try redis.command(["SET", "key", .bytes(value)]) == .status("OK"))
            #expect(try redis.command(["GET", "key"]).bytes == value)
            #expect(try redis.command(["GET", "absent"]) == .null)
            #expect(try redis.command(["SET", "", ""]) == .status("OK"))
            #expect(try redis.command(["STRLEN", ""]).integer == 0)
        }
    }

    @Test func aPipelineAnswersInOrderAndErrorsAreValues() async throws {
        try await TestStores.shared.withRedis { configuration async throws in
            let redis = RedisConnection(configuration)
            let replies = try redis.pipeline([
                ["SET", "text", "x"], ["INCR", "text"], ["RPUSH", "list", "a", 2], ["LRANGE", "list", 0, -1],
                ["NONSENSE"],
            ])
            #expect(replies[0].text == "OK")
            #expect(replies[1].failure?.kind == "ERR")
            #expect(replies[2].integer == 2)
            #expect(replies[3].array?.map(\.text) == ["a", "2"])
            #expect(replies[4].failure?.isRetryable == false)
            #expect(try redis.pipeline([]).isEmpty)
            #expect(redis.isConnected)
        }
    }

    @Test func aLargePipelineFitsThroughTheSocket() async throws {
        try await TestStores.shared.withRedis { configuration async throws in
            let redis = RedisConnection(configuration)
            let value = [UInt8](repeating: 1, count: 1000)
            let writes = (0..<5000).map { ["SET", .text("k\($0)"), .bytes(value)] as [RedisArgument] }
            #expect(try redis.pipeline(writes).allSatisfy { $0.text == "OK" })
            let reads = (0..<5000).map { ["GET", .text("k\($0)")] as [RedisArgument] }
            #expect(try redis.pipeline(reads).allSatisfy { $0.bytes == value })
        }
    }

    @Test func anErrorReplyOfOneCommandIsThrownAndTheConnectionStays() async throws {
        try await TestStores.shared.withRedis { configuration async throws in
            let redis = RedisConnection(configuration)
            let error = #expect(throws: RedisError.self) { try redis.command(["INCRBY", "a", "x"]) }
            #expect(error?.code == .reply)
            #expect(redis.isConnected)
            #expect(redis.generation == 1)
        }
    }

    @Test func silenceIsATimeoutAndTheNextCallConnectsAgain() async throws {
        try await TestStores.shared.withRedis { configuration async throws in
            var hasty = configuration
            hasty.timeoutMillis = 30
            let redis = RedisConnection(hasty)
            let error = #expect(throws: RedisError.self) { try redis.command(["BLPOP", "nothing", 5]) }
            #expect(error?.code == .timeout)
            #expect(error?.isRetryable == true)
            #expect(!redis.isConnected)
            #expect(try redis.command(["PING"]).text == "PONG")
            #expect(redis.generation == 2)
        }
    }

    @Test func aBrokenConnectionIsMadeAgain() async throws {
        try await TestStores.shared.withRedis { configuration async throws in
            let (redis, killer) = (RedisConnection(configuration), RedisConnection(configuration))
            let id = try redis.command(["CLIENT", "ID"]).integer ?? 0
            _ = try killer.command(["CLIENT", "KILL", "ID", .integer(id)])
            let error = #expect(throws: RedisError.self) { try redis.command(["PING"]) }
            #expect(error?.code == .connection)
            #expect(try redis.command(["PING"]).text == "PONG")
        }
    }

    @Test(arguments: [
        "", "localhost", "rediss://host", "redis://host:port", "redis://host/x", "unix://relative", "redis://[::1:6379",
    ])
    func uselessAddressesAreRefused(_ url: String) {
        #expect(throws: RedisError.self) { try RedisConfiguration(url: url).validate() }
    }

    @Test(arguments: [
        "redis://host", "redis://:secret@host:6380/3", "redis://user:p%40ss@[::1]:6379", "unix:///run/redis.sock?db=2",
        "unix://:secret@/run/redis.sock",
    ])
    func usefulAddressesAreTaken(_ url: String) throws {
        try RedisConfiguration(url: url).validate()
    }

    @Test func anUnreachableServerIsARetryableError() {
        let redis = RedisConnection(RedisConfiguration(url: "unix:///nonexistent/redis.sock"))
        let error = #expect(throws: RedisError.self) { try redis.command(["PING"]) }
        #expect(error?.code == .connection)
        #expect(error?.isRetryable == true)
    }
}
