import EventModel
import Gateway
import Redis
import TestSupport
import Testing

/// Limits that several gateways hold together.
@Suite struct SharedRateTests {
    static let key = RateKey.shop(7)
    static let limit = RateLimit(perSecond: 100, burst: 200)
    static let secret = Array("a secret of the deployment".utf8)

    /// One gateway's limiter and what shares its counts.
    struct Side {
        let limiter = LocalRateLimiter(seed: .random(in: .min ... .max), isShared: true)
        let reconciler: RateReconciler

        init(_ redis: RedisConfiguration, _ clock: TestClock) {
            reconciler = RateReconciler(limiter: limiter, redis: redis, secret: secret, clock: { clock.millis })
        }

        /// How many of `count` requests are let through.
        func take(_ count: Int, _ clock: TestClock, _ key: RateKey = key, _ limit: RateLimit = limit) -> Int {
            (0..<count).count { _ in limiter.take(key, limit: limit, nowMillis: clock.millis).isAllowed }
        }
    }

    @Test func `two gateways hold one limit`() async throws {
        try await TestStores.shared.withRedis { redis in
            let clock = TestClock(Harness.now)
            let (one, two) = (Side(redis, clock), Side(redis, clock))
            // A rate so low that few tokens come back while the test runs, however slowly: Redis keeps the time.
            let limit = RateLimit(perSecond: 1, burst: 1_000)
            let first = one.take(600, clock, Self.key, limit)
            await one.reconciler.exchange()
            let unaware = two.take(100, clock, Self.key, limit)
            await two.reconciler.exchange()
            await one.reconciler.exchange()
            #expect(first == 600 && unaware == 100)
            // Now it knows of the 600.
            let second = two.take(600, clock, Self.key, limit)
            #expect((298..<400).contains(second), "\(second)")
            await two.reconciler.exchange()
            // The first learns of it with its next exchange, and until then lets 400 more through, a debt.
            let late = one.take(600, clock, Self.key, limit)
            #expect((400..<500).contains(late), "\(late)")
            await one.reconciler.exchange()
            let refused = one.limiter.take(Self.key, limit: limit, nowMillis: clock.millis)
            #expect(!refused.isAllowed)
            #expect((300...402).contains(refused.retryAfterSeconds), "\(refused.retryAfterSeconds)")
            // Other keys are other counts.
            #expect(two.take(10, clock, .address(ClientAddress(high: 0, low: 1)), limit) == 10)
        }
    }

    @Test func `no address stands in Redis, and keys go by themselves`() async throws {
        try await TestStores.shared.withRedis { redis in
            let clock = TestClock(Harness.now)
            let side = Side(redis, clock)
            let address = try #require(ClientAddress("203.0.113.77"))
            // A minute to recover: the key must still be there when it is looked at.
            _ = side.take(60, clock, .address(address), RateLimit(perSecond: 1, burst: 100))
            await side.reconciler.exchange()
            let connection = RedisConnection(redis)
            let keys = try connection.command(["KEYS", "*"]).array?.compactMap(\.text) ?? []
            #expect(keys.count == 1)
            let key = try #require(keys.first)
            #expect(key.hasPrefix("footfall:rate:") && !key.contains("203") && key.count == 14 + 32)
            let left = try #require(try connection.command(["PTTL", .text(key)]).integer)
            #expect((1...60_001).contains(left))
            // Without the script, after a restart of Redis, it is loaded again.
            _ = try connection.command(["SCRIPT", "FLUSH"])
            _ = side.take(20, clock, .address(address))
            #expect(await side.reconciler.exchange())
            #expect(try connection.command(["KEYS", "*"]).array?.count == 1)
        }
    }

    @Test func `with Redis away each gateway goes on by itself`() async throws {
        let clock = TestClock(Harness.now)
        let side = Side(RedisConfiguration(url: "unix:///nonexistent/redis.sock"), clock)
        #expect(side.take(300, clock) == 200)
        #expect(await side.reconciler.exchange() == false)
        #expect(side.take(10, clock) == 0)
        clock.advance(1_000)
        #expect(side.take(300, clock) == 100)
    }

    /// The shared count as Redis keeps it.
    struct SharedCount {
        var full: [RateKey: Int64] = [:]

        mutating func add(_ uses: [RateUse], nowMicros: Int64) -> [Int64] {
            uses.map { use in
                let level = max(full[use.key] ?? 0, nowMicros) + use.micros
                full[use.key] = level
                return level - nowMicros
            }
        }
    }

    @Test(arguments: [2, 3, 5]) func `the documented error is not exceeded`(gateways: Int) {
        var random = SplitMix(state: UInt64(gateways))
        var tables = (0..<gateways).map { RateTable(seed: UInt64($0), isShared: true) }
        var shared = SharedCount()
        var allowed = 0
        let (stepMicros, steps): (Int64, Int64) = (1_000, 20_000)
        for step in 0..<steps {
            let now = Harness.now * 1000 + step * stepMicros
            // Twice the limit arrives, at gateways that chance chooses; each exchanges every 50 ms, at its own time.
            for index in tables.indices {
                if Int.random(in: 0..<(5 * gateways), using: &random) == 0,
                    tables[index].take(Self.key, limit: Self.limit, nowMicros: now).isAllowed
                {
                    allowed += 1
                }
                if (step + Int64(index) * 7) % 50 == 0 {
                    let uses = tables[index].drain(max: 512)
                    let levels = shared.add(uses, nowMicros: now)
                    tables[index].settle(uses, levelsMicros: levels, nowMicros: now)
                }
            }
        }
        let exact = Self.limit.burst + Int(steps * stepMicros) / 1_000_000 * Self.limit.perSecond
        #expect(allowed >= exact * 99 / 100, "\(allowed) of \(exact)")
        #expect(allowed <= exact + (gateways - 1) * 20, "\(allowed) of \(exact)")
    }

    @Test func `what is far below the limit is not shared`() {
        var table = RateTable(seed: 1, isShared: true)
        let now = Harness.now * 1000
        for second in 0..<10 as Range<Int64> {
            for _ in 0..<5 { _ = table.take(Self.key, limit: Self.limit, nowMicros: now + second * 1_000_000) }
        }
        #expect(table.drain(max: 10).isEmpty)
        for _ in 0..<2 { _ = table.take(Self.key, limit: Self.limit, nowMicros: now + 9_500_000) }
        #expect(table.drain(max: 10).map(\.micros) == [70_000])
    }

    @Test func `a lost count and a clock that was put back do no harm`() {
        var table = RateTable(seed: 1, isShared: true)
        let now = Harness.now * 1000
        for _ in 0..<200 { _ = table.take(Self.key, limit: Self.limit, nowMicros: now) }
        let uses = table.drain(max: 10)
        #expect(uses.map(\.micros) == [2_000_000])
        table.settle(uses, levelsMicros: [0], nowMicros: now)
        #expect(!table.take(Self.key, limit: Self.limit, nowMicros: now).isAllowed)
        #expect(table.drain(max: 10).isEmpty)
        // An hour back: at most one burst has to come back first.
        let back = now - 3_600_000_000
        let refused = table.take(Self.key, limit: Self.limit, nowMicros: back)
        #expect(!refused.isAllowed && refused.retryAfterSeconds <= 3)
        #expect(table.take(Self.key, limit: Self.limit, nowMicros: back + 4_000_000).isAllowed)
    }
}
