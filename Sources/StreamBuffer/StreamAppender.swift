package import Blocking
package import EventModel
package import Logging
package import Redis

/// Appends batches to the lanes' streams. An outcome `.durable` is given only after Redis has answered, which under
/// `appendfsync always` it does after its fsync.
///
/// Where the connection breaks after a write, whether Redis has the batches is unknown; they are sent once more on a
/// new connection, and the log drops the repeat. So a batch may be in the stream twice, never not at all.
package actor StreamAppender {
    /// Where it waits for Redis. A task that does little but append may prefer it.
    package nonisolated let executor: BlockingExecutor
    private let redis: RedisConnection
    private let lanes: [Lane]
    private let logger: Logger
    private var gauge: StreamGauge
    private var backoff = Backoff()
    private var closedUntil: ContinuousClock.Instant?

    /// Connects at the first append. `lanes` are those whose sizes count against the limits.
    package init(
        _ configuration: RedisConfiguration, lanes: [Lane], limits: StreamLimits = StreamLimits(),
        logger: Logger = Logger(label: "footfall.stream")
    ) {
        self.executor = BlockingExecutor(label: "footfall.stream.append")
        self.redis = RedisConnection(configuration)
        self.lanes = lanes
        self.gauge = StreamGauge(limits: limits)
        self.logger = logger
    }

    /// Its own queue, where blocking is allowed.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Bytes in the buffer over all lanes, as last measured and counted since; for metrics.
    package var bufferedBytes: Int { gauge.bytes }

    /// Appends each batch to its lane's stream, all in one write; outcomes in the order of the batches.
    ///
    /// After a failure it answers `.unavailable` at once for a while (20 ms, doubling up to 1 s), so that a gateway's
    /// other way is not held up by connection attempts.
    package func append(_ batches: [LaneBatch]) -> [AppendOutcome] {
        let now = ContinuousClock.now
        if let closedUntil, now < closedUntil { return batches.map { _ in .awayForNow } }
        do {
            let outcomes = try write(batches, now)
            backoff.reset()
            closedUntil = nil
            return outcomes
        } catch {
            gauge.forget()
            closedUntil = ContinuousClock.now + backoff.next()
            logger.warning("buffer away", metadata: ["error": "\(error)"])
            return batches.map { _ in .awayForNow }
        }
    }

    private func write(_ batches: [LaneBatch], _ now: ContinuousClock.Instant) throws(RedisError) -> [AppendOutcome] {
        if gauge.isDue(now) { try measure(now) }
        let isTaken = batches.map { !gauge.isFull(lane: $0.lane) }
        let commands = zip(batches, isTaken).filter(\.1).map { Self.command($0.0) }
        CrashPoint.pass("stream.xadd.before")
        var replies = try send(commands)[...]
        CrashPoint.pass("stream.xadd.after")
        return zip(batches, isTaken).map { batch, isTaken in
            guard isTaken, let reply = replies.popFirst() else { return .noRoom }
            return outcome(reply, batch)
        }
    }

    /// A connection that broke may have been dead long before; only then is it worth to try again at once.
    private func send(_ commands: [[RedisArgument]]) throws(RedisError) -> [RedisReply] {
        do {
            return try redis.pipeline(commands)
        } catch  where error.code == .connection {
            logger.info("buffer connection lost, sending once more", metadata: ["error": "\(error)"])
            return try redis.pipeline(commands)
        }
    }

    private static func command(_ batch: LaneBatch) -> [RedisArgument] {
        ["XADD", .text(StreamKey.events(batch.lane)), "*", .text(StreamKey.field), .bytes(batch.bytes)]
    }

    private func outcome(_ reply: RedisReply, _ batch: LaneBatch) -> AppendOutcome {
        if reply.bytes != nil {
            gauge.appended(batch.bytes.count, lane: batch.lane)
            return .durable
        }
        let failure = reply.failure ?? RedisError(.protocolViolation, "XADD answered \(reply)")
        logger.warning("batch not taken", metadata: ["lane": "\(batch.lane)", "error": "\(failure)"])
        guard failure.kind == "OOM" else {
            // A replica or a server whose disk fails: another connection may reach a better one.
            redis.close()
            return .awayForNow
        }
        return .noRoom
    }

    private func measure(_ now: ContinuousClock.Instant) throws(RedisError) {
        let replies = try send(
            lanes.flatMap { lane -> [[RedisArgument]] in
                let key = RedisArgument.text(StreamKey.events(lane))
                return [["MEMORY", "USAGE", key], ["XLEN", key]]
            })
        var sizes: [(lane: Int16, bytes: Int, entries: Int)] = []
        for (index, lane) in lanes.enumerated() {
            let bytes = try replies[2 * index].get().integer ?? 0
            let entries = try replies[2 * index + 1].get().integer ?? 0
            // An emptied stream keeps its head; what Redis holds for it is no content.
            sizes.append((lane, entries == 0 ? 0 : Int(bytes), Int(entries)))
        }
        gauge.measured(sizes, now)
    }
}

extension AppendOutcome {
    fileprivate static var awayForNow: AppendOutcome {
        .unavailable(retryAfterSeconds: StreamLimits.unavailableRetryAfterSeconds)
    }
    fileprivate static var noRoom: AppendOutcome { .full(retryAfterSeconds: StreamLimits.fullRetryAfterSeconds) }
}
