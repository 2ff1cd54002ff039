internal import EventModel
internal import Postgres

/// How far a read model has come in a shop's lane.
enum AsOfQuery {
    /// One row: position, projected_at, complete_until, generation, changed_at.
    ///
    /// Where the model has reached the log's head, all that was received before now is in it; else all before the first
    /// event that is not. A rebuilt model is another table, so its number tells generations apart. What changed the shop's
    /// answers last is known where the model of shops is as far and saw nothing newer.
    ///
    /// `lane` and `shop` are numbers, or the places of parameters.
    static func sql(of model: String, lane: String, shop: String) -> String {
        """
        SELECT position, projected_at,
            CASE WHEN position >= head THEN now()
                ELSE least(now(), coalesce((SELECT b.received_from FROM log.batch b
                    WHERE b.lane = \(lane) AND b.first_position <= here.position + 1 AND b.event_count > 0
                    ORDER BY b.first_position DESC LIMIT 1), now())) END AS complete_until,
            '\(model).checkpoint'::regclass::oid::int8 AS generation,
            CASE WHEN shops_at >= position AND heard_at <= position THEN heard_at ELSE position END AS changed_at
        FROM (SELECT coalesce(max(c.position), 0) AS position, coalesce(max(c.projected_at), 'epoch') AS projected_at,
                coalesce((SELECT b.first_position + b.event_count - 1 FROM log.batch b
                    WHERE b.lane = \(lane) ORDER BY b.sequence DESC LIMIT 1), 0) AS head,
                coalesce((SELECT s.position FROM shops.checkpoint s WHERE s.lane = \(lane)), -1) AS shops_at,
                coalesce((SELECT s.version FROM shops.shop s
                    WHERE s.lane = \(lane) AND s.shop_id = \(shop)), 0) AS heard_at
            FROM \(model).checkpoint c WHERE c.lane = \(lane)) here
        """
    }

    /// Asks it.
    static func read(_ model: String, _ shop: ShopKey, _ connection: PostgresConnection) throws -> AsOf {
        let sql = sql(of: model, lane: "$1", shop: "$2")
        return asOf(try connection.query(sql, [.int2(shop.lane), .int4(shop.shop)])[0])
    }

    /// The state in the first columns of a row.
    static func asOf(_ row: PostgresRow) -> AsOf {
        AsOf(
            position: row.int64(0), projectedAt: row.timestampMillis(1), completeUntil: row.timestampMillis(2),
            generation: row.int64(3), changedAt: row.int64(4))
    }
}
