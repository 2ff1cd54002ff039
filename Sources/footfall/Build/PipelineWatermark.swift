internal import Blocking
internal import EventModel
internal import Postgres
internal import Redis
internal import StreamBuffer

/// Says up to when everything that was received has at least left the buffer; the endpoints take the lesser of this and
/// of what the read models hold as `complete_until` (metrics.md, Time).
actor PipelineWatermark {
    private let executor = BlockingExecutor(label: "footfall.watermark")
    private let redis: RedisConnection
    private let postgres: PostgresConnection
    private var last: (askedAt: Int64, reading: Reading, isFresh: Bool)?
    /// Up to where each lane was drained when that could last be read. It only goes on, and what has been drained is soon
    /// trimmed: while Postgres stands still these tell what waits in the buffer as well, or a little more than that.
    private var known: [(Lane, StreamEntryID)] = []

    /// One look at the pipeline.
    struct Reading: Sendable {
        /// Unix milliseconds.
        let drainedUntil: Int64
        /// False where the buffer could not be asked: then it is the reading before, and nobody knows what waits.
        let isKnown: Bool
    }

    /// An entry's id is the time of its append; its events were received at most this much earlier.
    private static let appendMillisMax: Int64 = 1000
    /// Queries that come together share one look.
    private static let reuseMillis: Int64 = 5
    /// After a look that failed the next ones are spared: beside a Redis that hangs each would cost its whole patience.
    private static let awayMillis: Int64 = 3000

    init(redis: RedisConfiguration, postgres: PostgresConfiguration) {
        self.redis = RedisConnection(redis)
        self.postgres = PostgresConnection(postgres)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Unix milliseconds, never later than `nowMillis`; see `read`.
    func drainedUntil(nowMillis: Int64) -> Int64 { read(nowMillis: nowMillis).drainedUntil }

    /// While Redis is away nothing can wait in it that was answered since, and what waits from before is not known: then
    /// it stays where it was.
    func read(nowMillis: Int64) -> Reading {
        if let last, nowMillis - last.askedAt <= (last.isFresh ? Self.reuseMillis : Self.awayMillis) {
            return last.reading
        }
        let fresh = try? cursors()  // Postgres is away: those known before
        if let fresh { known = fresh }
        let found = known.isEmpty ? nil : try? oldestWaiting(nowMillis)  // Redis is away: see above
        let reading = Reading(
            drainedUntil: found ?? last?.reading.drainedUntil ?? nowMillis, isKnown: found != nil || last == nil)
        last = (nowMillis, reading, fresh != nil && found != nil)
        return reading
    }

    private func oldestWaiting(_ nowMillis: Int64) throws -> Int64 {
        var until = nowMillis
        for (lane, cursor) in known {
            // Drained after the cursors were read and trimmed already: then the log has it, and the read models' own
            // figure tells.
            let waiting = try StreamReader(lane: lane, redis: redis).peek(after: cursor, limit: 1)
            if let oldest = waiting.first { until = min(until, Int64(oldest.id.millis) - Self.appendMillisMax) }
        }
        return until
    }

    private func cursors() throws -> [(Lane, StreamEntryID)] {
        try postgres.query(
            """
            select lane, stream_ms, stream_seq from registry.lane left join lateral (
                select stream_ms, stream_seq from log.batch
                where batch.lane = lane.lane and stream_ms is not null order by sequence desc limit 1) newest on true
            """
        ).map { row in
            guard let millis = row.int64IfPresent(1), let sequence = row.int64IfPresent(2) else {
                return (row.int16(0), .zero)
            }
            return (row.int16(0), StreamEntryID(millis: UInt64(millis), sequence: UInt64(sequence)))
        }
    }
}
