package import Blocking
package import EventModel
package import Logging
package import Redis

/// Appends batches to the lanes' streams. An outcome `.durable` is given only after Redis has answered, which under
/// `appendfsync always` it does after its fsync.
///
/// Where the connection breaks after a write, whether Redis has the batches is unknown; they are sent once more on a
/// new connection, and the log drops the repeat. So a batch may be in the stream twice, never not at all.
///
/// Each batch carries a number (`WriterStamp`), by which the log finds out what a buffer lost after it had answered.
package actor StreamAppender {
    /// Where it waits for Redis. A task that does little but append may prefer it.
    package nonisolated let executor: BlockingExecutor
    private let redis: RedisConnection
    private let lanes: [Lane]
    private let logger: Logger
    private var gauge: StreamGauge
    private var tally = WriterTally()
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

    /// Appends each batch to its lane's stream, all in one transaction; outcomes in the order of the batches.
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
            tally.renew()
            gauge.forget()
            closedUntil = ContinuousClock.now + backoff.next()
            logger.warning("buffer away", metadata: ["error": "\(error)"])
            return batches.map { _ in .awayForNow }
        }
    }

    /// How many events the buffer has answered for: what changed since it was noted last. Somebody keeps it where a loss
    /// of the buffer does not reach.
    package var answered: [AnsweredCount] { tally.changes }

    /// These counts are kept now.
    package func didNote(_ counts: [AnsweredCount]) { tally.didNote(counts) }

    private func write(_ batches: [LaneBatch], _ now: ContinuousClock.Instant) throws(RedisError) -> [AppendOutcome] {
        if gauge.isDue(now) { try measure(now) }
        let isTaken = batches.map { !gauge.isFull(lane: $0.lane) }
        let taken = zip(batches, isTaken).filter(\.1).map(\.0)
        CrashPoint.pass("stream.xadd.before")
        var replies = try answers(to: taken)[...]
        CrashPoint.pass("stream.xadd.after")
        let outcomes = zip(batches, isTaken).map { batch, isTaken in
            guard isTaken, let reply = replies.popFirst() else { return AppendOutcome.noRoom }
            return outcome(reply, batch)
        }
        // Of several in a lane one may have been taken after one that was not.
        if zip(isTaken, outcomes).contains(where: { $0 && !$1.isDurable }) { tally.renew() }
        return outcomes
    }

    /// Redis's answer for each batch. Several are one transaction: of a pipeline Redis reads 16 KiB at a time, and
    /// syncs its file after each part that ends a command; after a transaction it does so once.
    private func answers(to batches: [LaneBatch]) throws(RedisError) -> [RedisReply] {
        guard batches.count > 1 else { return try send { commands(batches) } }
        let replies = try send { [["MULTI"]] + commands(batches) + [["EXEC"]] }
        if let all = replies.last?.array, all.count == batches.count { return all }
        // One that was refused when it came takes all others with it.
        let refusal = replies.first { $0.failure != nil } ?? .null
        return batches.map { _ in refusal }
    }

    private func commands(_ batches: [LaneBatch]) -> [[RedisArgument]] {
        zip(batches, tally.stamps(batches)).map(Self.command)
    }

    /// A connection that broke may have been dead long before; only then is it worth to try again at once.
    private func send(_ commands: () -> [[RedisArgument]]) throws(RedisError) -> [RedisReply] {
        do {
            return try redis.pipeline(commands())
        } catch  where error.code == .connection {
            logger.info("buffer connection lost, sending once more", metadata: ["error": "\(error)"])
            tally.renew()
            return try redis.pipeline(commands())
        }
    }

    private static func command(_ batch: LaneBatch, _ stamp: WriterStamp) -> [RedisArgument] {
        [
            "XADD", .text(StreamKey.events(batch.lane)), "*", .text(StreamKey.field), .bytes(batch.bytes),
            .text(StreamKey.stamp), .bytes(stamp.bytes),
        ]
    }

    private func outcome(_ reply: RedisReply, _ batch: LaneBatch) -> AppendOutcome {
        if reply.bytes != nil {
            gauge.appended(batch.bytes.count, lane: batch.lane)
            tally.didAnswer(batch)
            return .durable
        }
        let failure = reply.failure ?? RedisError(.protocolViolation, "XADD answered \(reply)")
        logger.warning("batch not taken", metadata: ["lane": "\(batch.lane)", "error": "\(failure)"])
        // A replica or a server whose disk fails: another connection may reach a better one. Memory that is full before
        // our own limit is reached holds what is not ours.
        if failure.kind != "OOM" { redis.close() }
        return .awayForNow
    }

    private func measure(_ now: ContinuousClock.Instant) throws(RedisError) {
        gauge.measured(try StreamSize.decode(send { StreamSize.commands(lanes) }, lanes), now)
    }
}

extension AppendOutcome {
    fileprivate static var awayForNow: AppendOutcome {
        .unavailable(retryAfterSeconds: StreamLimits.unavailableRetryAfterSeconds)
    }
    fileprivate static var noRoom: AppendOutcome { .full(retryAfterSeconds: StreamLimits.fullRetryAfterSeconds) }
}
