internal import Blocking
internal import Redis

/// Asks Redis whether it is there.
actor RedisProbe {
    private let executor = BlockingExecutor(label: "footfall.redis.probe")
    private let redis: RedisConnection

    init(_ configuration: RedisConfiguration) { redis = RedisConnection(configuration) }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    func answers() -> Bool {
        guard let reply = try? redis.command(["PING"]) else { return false }  // any failure is a no
        return reply.text == "PONG"
    }
}
