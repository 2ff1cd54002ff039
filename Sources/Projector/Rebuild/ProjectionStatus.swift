package import EventModel
internal import Postgres

/// How far one read model is in one lane.
package struct ProjectionStatus: Sendable, Equatable {
    /// The read model.
    package let projection: String
    /// The lane.
    package let lane: Lane
    /// Last position it holds.
    package let position: Position
    /// Last position of the log.
    package let head: Position
    /// Of the last batch, milliseconds.
    package let projectedAt: Int64
    /// Events that wait because they could not be read.
    package let waiting: Int64

    /// Events of the log that are not in it yet.
    package var lag: Int64 { head - position }

    static func sql(_ name: String) -> String {
        """
        select l.lane, coalesce(c.position, 0), coalesce(c.projected_at, 'epoch'),
            coalesce((select b.first_position + b.event_count - 1 from log.batch b where b.lane = l.lane
                order by b.sequence desc limit 1), 0),
            (select count(*) from projection.waiting w where w.projection = '\(name)' and w.lane = l.lane)
        from unnest($1::int2[]) as l (lane) left join \(name).checkpoint c on c.lane = l.lane order by l.lane
        """
    }

    init(_ name: String, _ row: PostgresRow) {
        projection = name
        lane = row.int16(0)
        position = row.int64(1)
        projectedAt = row.timestampMillis(2)
        head = row.int64(3)
        waiting = row.int64(4)
    }
}
