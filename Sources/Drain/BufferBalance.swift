internal import EventLog
package import EventModel
package import Postgres
package import Redis
internal import StreamBuffer

/// Whether the log has, or will have, everything that the buffer had confirmed: what is confirmed and not taken in lies in
/// the buffer, and where the buffer has nothing more for the log it is lost.
///
/// So a Redis that was emptied, replaced or restored from a copy shows as a number of events. It is found as soon as the
/// buffer is empty, or as the next entry of the same writer is taken in. Not found is only what a process wrote in the
/// last second before it was killed, if the buffer is lost then as well.
package struct BufferBalance: Sendable, Equatable {
    /// Events and refusals that the buffer had confirmed, ever.
    package private(set) var answered: Int64 = 0
    /// Of those, still in the buffer.
    package private(set) var inFlight: Int64 = 0
    /// Of those, in neither buffer nor log. Never too many, also while events arrive.
    package private(set) var lost: Int64 = 0

    /// Adds these lanes up. Without `redis`, or where it does not answer, what is not taken in counts as in flight. Blocking.
    package init(lanes: [Lane], log: PostgresConnection, redis: RedisConnection?) throws(PostgresError) {
        // In this order: what was confirmed before and does not wait now has been taken in by the time of the last look.
        let before = try BufferBooks(log)
        var waiting: [Lane: Bool] = [:]
        for lane in lanes where before.lanes[lane]?.open.isEmpty == false {
            let cursor = try LogWriter(log).head(lane: lane).cursor
            waiting[lane] = redis.map { Self.isWaiting(lane, after: cursor, $0) } ?? true
        }
        let after = try BufferBooks(log)
        for lane in lanes {
            guard let now = after.lanes[lane] else { continue }
            answered += now.answered
            lost += now.lost
            let open = before.lanes[lane].map { now.stillOpen(of: $0) } ?? 0
            if waiting[lane] ?? true { inFlight += open } else { lost += open }
        }
    }

    private static func isWaiting(_ lane: Lane, after cursor: LogCursor?, _ redis: RedisConnection) -> Bool {
        let reader = StreamReader(lane: lane, redis: redis)
        do {
            let last = try InFlight.start(reader, after: cursor)
            return try !reader.peek(after: last, limit: 1).isEmpty
        } catch {
            return true  // it cannot be asked: nothing is called lost that may be there
        }
    }
}
