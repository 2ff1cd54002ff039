internal import Blocking
internal import Cryptography
internal import EventModel
package import Logging
package import Redis
internal import ServiceLifecycle

/// Keeps the counts that the gateways of a deployment share in Redis: every 50 ms it adds what this gateway let through
/// and takes over the level that all have reached. How exact that is says `RateTable`. With Redis away the limiter goes
/// on by itself.
///
/// A key in Redis is a keyed hash of the shop's number or the client's address, so that no address is ever stored; it
/// is gone when its bucket is full again.
package actor RateReconciler: Service {
    private let executor = BlockingExecutor(label: "footfall.rates")
    private let limiter: LocalRateLimiter
    private let redis: RedisConnection
    private let names: HMACSHA256
    private let clock: @Sendable () -> Int64
    private let logger: Logger
    private var script: RedisArgument?
    private var scriptGeneration = 0
    private var isAway = false

    /// Between two exchanges; 20 commands a second are nothing to Redis, and a burst of 50 ms is a small error.
    private static let interval = Duration.milliseconds(50)
    /// While Redis is away it is asked this often.
    private static let retryInterval = Duration.seconds(1)
    /// Keys of one command: Redis does nothing else for less than a millisecond.
    private static let keysMax = 512
    /// Commands of one exchange: enough for every bucket there is.
    private static let commandsMax = RateTable.slotCount / keysMax
    /// Counts that are this late are worth nothing.
    private static let timeoutMillis = 500

    /// Shares the counts of `limiter`, which was made with `isShared`. `secret` (any length but 0) is the same on all
    /// gateways and known to nobody else; `clock` gives milliseconds since 1970, as the gateway's.
    package init(
        limiter: LocalRateLimiter, redis: RedisConfiguration, secret: [UInt8],
        clock: @escaping @Sendable () -> Int64 = Gateway.systemMillis,
        logger: Logger = Logger(label: "footfall.rates")
    ) {
        var configuration = redis
        configuration.timeoutMillis = min(redis.timeoutMillis, Self.timeoutMillis)
        self.limiter = limiter
        self.redis = RedisConnection(configuration)
        self.names = HMACSHA256(key: HKDF.derive(secret: secret, info: "footfall rate keys"))
        self.clock = clock
        self.logger = logger
    }

    /// Its own queue, where blocking is allowed.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Exchanges counts until shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let isShared = await self.exchange()
                // Cancelled: the loop sees it.
                try? await Task.sleep(for: isShared ? Self.interval : Self.retryInterval)
            }
        }
    }

    /// One exchange; true unless Redis is away. Nothing is sent where nothing was taken.
    @discardableResult
    package func exchange() -> Bool {
        for _ in 0..<Self.commandsMax {
            let uses = limiter.drain(max: Self.keysMax)
            if uses.isEmpty { break }
            do {
                let levels = try add(uses)
                limiter.settle(uses, levelsMicros: levels, nowMillis: clock())
            } catch {
                away(error)
                return false
            }
            if uses.count < Self.keysMax { break }
        }
        if isAway { logger.info("rates are shared again") }
        isAway = false
        return true
    }

    /// What could not be counted stays in the local buckets only: sent later, it would punish for the outage.
    private func away(_ error: RedisError) {
        limiter.forgetUses()
        if !isAway { logger.warning("rates are not shared", metadata: ["error": "\(error)"]) }
        isAway = true
    }

    private func add(_ uses: [RateUse]) throws(RedisError) -> [Int64] {
        try redis.connect()
        var script = try self.script(reload: redis.generation != scriptGeneration)
        let arguments: [RedisArgument] =
            [.integer(Int64(uses.count))] + uses.map { .text(name(of: $0.key)) } + uses.map { .integer($0.micros) }
        var replies = try redis.pipeline([["EVALSHA", script] + arguments])
        if replies.first?.failure?.kind == "NOSCRIPT" {
            script = try self.script(reload: true)
            replies = try redis.pipeline([["EVALSHA", script] + arguments])
        }
        let levels = try replies.first?.get().array?.compactMap(\.integer) ?? []
        guard levels.count == uses.count else { throw RedisError(.protocolViolation, "not a level for each key") }
        return levels
    }

    private func script(reload: Bool) throws(RedisError) -> RedisArgument {
        if let script, !reload { return script }
        let digest = try redis.command(["SCRIPT", "LOAD", .text(Self.source)])
        let loaded = RedisArgument.bytes(digest.bytes ?? [])
        script = loaded
        scriptGeneration = redis.generation
        return loaded
    }

    private func name(of key: RateKey) -> String {
        var bytes: [UInt8] = []
        switch key {
        case .shop(let shop):
            bytes.append(1)
            bytes.appendInteger(shop)
        case .address(let address): bytes = [2] + address.bytes
        }
        return "footfall:rate:" + Hex.encode(Array(names.authenticate(bytes).prefix(Self.nameBytes)))
    }

    /// Half of the code; nobody finds two addresses that share it.
    private static let nameBytes = 16

    /// For each key: when its bucket is full, by Redis' own clock in microseconds, later by what was taken; the answer
    /// is how far away that is. Numbers below 2^53 are exact in Lua. The counts are worth nothing after a restart, so
    /// they stay out of the append-only file and its fsyncs.
    private static let source = """
        redis.set_repl(redis.REPL_NONE)
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local levels = {}
        for index, key in ipairs(KEYS) do
            local full = tonumber(redis.call('GET', key) or 0)
            if full < now then full = now end
            full = full + tonumber(ARGV[index])
            local level = full - now
            redis.call('SET', key, string.format('%.0f', full), 'PX', math.ceil(level / 1000) + 1)
            levels[index] = level
        end
        return levels
        """
}
