internal import Blocking
internal import EventLog
internal import EventModel
internal import Gateway
internal import Logging
internal import Postgres
internal import StreamBuffer

/// Redis first; while Redis is away, the log itself, through the same append that the drain uses. Both away: the
/// caller gets `.unavailable` and nothing was accepted.
///
/// A full buffer is not gone round: it is full because Postgres is behind.
struct LiveSink: EventSink {
    let buffer: StreamAppender
    let log: DirectLog

    func append(_ batches: [LaneBatch]) async -> [AppendOutcome] {
        var outcomes = await buffer.append(batches)
        for index in batches.indices {
            if case .unavailable = outcomes[index] { outcomes[index] = await log.append(batches[index]) }
        }
        return outcomes
    }
}

/// Appends batches straight to the log; all that a command needs.
actor DirectLog: EventSink {
    private let executor = BlockingExecutor(label: "footfall.log.direct")
    private let writer: LogWriter
    private let logger: Logger
    private var closedUntil: ContinuousClock.Instant?

    /// With both stores away every request would wait for a connection attempt; one a second is enough.
    private static let pause: Duration = .seconds(1)

    init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.writer = LogWriter(PostgresConnection(configuration))
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    func append(_ batches: [LaneBatch]) -> [AppendOutcome] { batches.map { append($0) } }

    func append(_ batch: LaneBatch) -> AppendOutcome {
        if let closedUntil, ContinuousClock.now < closedUntil { return .unavailable(retryAfterSeconds: 1) }
        do {
            _ = try writer.append([batch.bytes], lane: batch.lane)
            closedUntil = nil
            return .durable
        } catch {
            closedUntil = .now + Self.pause
            logger.warning("neither buffer nor log took a batch", metadata: ["error": "\(error)"])
            return .unavailable(retryAfterSeconds: 1)
        }
    }
}
