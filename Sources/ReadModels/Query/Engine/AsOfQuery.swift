internal import EventModel
internal import Postgres

/// How far a read model has come in a lane.
enum AsOfQuery {
    /// One row: position, projected_at, complete_until, generation.
    ///
    /// Where the model has reached the log's head, all that was received before now is in it; else all before the first
    /// event that is not. A rebuilt model is another table, so its number tells generations apart.
    static func sql(of model: String, lane: Lane) -> String {
        """
        SELECT position, projected_at,
            CASE WHEN position >= head THEN now()
                ELSE least(now(), coalesce((SELECT b.received_from FROM log.batch b
                    WHERE b.lane = \(lane) AND b.first_position <= here.position + 1 AND b.event_count > 0
                    ORDER BY b.first_position DESC LIMIT 1), now())) END AS complete_until,
            '\(model).checkpoint'::regclass::oid::int8 AS generation
        FROM (SELECT coalesce(max(c.position), 0) AS position, coalesce(max(c.projected_at), 'epoch') AS projected_at,
                coalesce((SELECT b.first_position + b.event_count - 1 FROM log.batch b WHERE b.lane = \(lane)
                    ORDER BY b.sequence DESC LIMIT 1), 0) AS head
            FROM \(model).checkpoint c WHERE c.lane = \(lane)) here
        """
    }

    /// Asks it.
    static func read(_ model: String, lane: Lane, _ connection: PostgresConnection) throws -> AsOf {
        let row = try connection.query(sql(of: model, lane: lane))[0]
        return AsOf(
            position: row.int64(0), projectedAt: row.timestampMillis(1), completeUntil: row.timestampMillis(2),
            generation: row.int64(3))
    }
}
