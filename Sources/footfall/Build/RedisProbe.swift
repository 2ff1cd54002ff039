internal import Blocking
internal import Endpoints
internal import Redis

/// Asks Redis whether it is there and takes writes: one that is full, or a replica, answers and is of no use.
actor RedisProbe {
    private let executor = BlockingExecutor(label: "footfall.redis.probe")
    private let redis: RedisConnection

    init(_ configuration: RedisConfiguration) { redis = RedisConnection(configuration) }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private static let key = "footfall:probe"
    /// Nothing is read again; it only has to go.
    private static let keptMillis = "10000"

    func health() -> HealthCheck.Outcome {
        do {
            _ = try redis.command(["SET", .text(Self.key), "1", "PX", .text(Self.keptMillis)])
            return .pass()
        } catch {
            return .fail(error.kind.isEmpty ? "does not answer" : "takes no writes: \(error.kind)")
        }
    }
}
