package import EventModel
package import Postgres

/// One stretch of a lane that retention has dropped, as the log's books have it.
package struct DroppedStretch: Sendable, Equatable, CustomStringConvertible {
    /// The lane.
    package let lane: Lane
    /// The week's partition.
    package let partition: String
    /// Position of its first event.
    package let first: Position
    /// Position of its last event.
    package let last: Position
    /// Events dropped; fewer than positions where events of other weeks lie between.
    package let count: Int64
    /// The appends that held them are as they were then.
    package let isVouchedFor: Bool
    /// Unix milliseconds.
    package let droppedAt: Int64

    /// One line for people.
    package var description: String {
        "lane \(lane): \(count) events of positions \(first) to \(last) (\(partition)) were dropped by retention at "
            + Timestamp.text(droppedAt)
    }

    /// All of a lane, by position.
    package static func all(of lane: Lane, _ connection: PostgresConnection) throws(PostgresError) -> [DroppedStretch] {
        try connection.query(Self.select, [.int2(lane)]).map { row in
            DroppedStretch(
                lane: lane, partition: row.text(0), first: row.int64(1), last: row.int64(2), count: row.int64(3),
                isVouchedFor: row.bool(4), droppedAt: row.timestampMillis(5))
        }
    }

    private static let select = """
        select partition, first_position, last_position, event_count,
            coalesce(appends_hash = \(appendsHash(lane: "d.lane", first: "first_position", last: "last_position")), false),
            dropped_at
        from log.dropped d where lane = $1 order by first_position, id
        """

    /// An expression of SQL: a hash over the rows of `log.batch` that hold these positions.
    static func appendsHash(lane: String, first: String, last: String) -> String {
        """
        (select sha256(string_agg(b.hash || b.accounting, ''::bytea order by b.sequence)) from log.batch b
            where b.lane = \(lane) and b.event_count > 0 and b.first_position <= \(last)
                and b.first_position + b.event_count > \(first))
        """
    }
}
