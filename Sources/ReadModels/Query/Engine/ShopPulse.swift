internal import EventModel
internal import Postgres

/// The last half hour of a shop, minute by minute: followed in the log, up to where the read models are.
struct ShopPulse {
    /// One event of the feed.
    struct Event {
        var name: String
        var visitor: Key128
        var occurredAt: Int64
    }

    static let minutes = 30
    private static let eventsMax = 20
    /// The first look goes back at most this many events of the lane; a lane that gets more in half an hour shows less.
    private static let reachBack: Int64 = 500_000

    /// Page views by minute of their own time (Unix minutes).
    private(set) var pageviews: [Int64: Int64] = [:]
    /// The newest events by arrival, the last one first.
    private(set) var events: [Event] = []
    private var position: Position = -1

    private static let startSQL = """
        SELECT coalesce(min(first_position), $3) FROM (
            SELECT first_position, appended_at FROM log.batch WHERE lane = $1 ORDER BY sequence DESC LIMIT 20000) recent
        WHERE appended_at >= $2
        """

    private static let eventsSQL = """
        SELECT e.visitor, e.occurred_at, k.name FROM log.event e JOIN log.kind k ON k.id = e.kind
        WHERE e.lane = $1 AND e.position > $2 AND e.position <= $3 AND e.received_at >= $4 AND e.shop_id = $5
            AND e.source::integer IN (1, 2)
        ORDER BY e.position
        """

    /// Reads on up to a position of the lane; events of bots are left out.
    mutating func refresh(
        _ key: ShopKey, _ columns: ShopColumns, upTo end: Position, nowMillis: Int64, _ connection: PostgresConnection
    ) throws {
        let horizon = nowMillis - Int64(Self.minutes) * 60_000
        if position < 0 {
            let row = try connection.query(Self.startSQL, [.int2(key.lane), .timestamp(horizon), .int8(end + 1)])[0]
            position = max(row.int64(0) - 1, end - Self.reachBack, 0)
        }
        if position < end {
            let rows = try connection.query(
                Self.eventsSQL,
                [.int2(key.lane), .int8(position), .int8(end), .timestamp(horizon - 60_000), .int4(key.shop)])
            for row in rows { take(row, columns) }
            position = end
        }
        pageviews = pageviews.filter { $0.key >= horizon / 60_000 }
    }

    private mutating func take(_ row: PostgresRow, _ columns: ShopColumns) {
        let (high, low) = row.uuid(0)
        let event = Event(
            name: row.text(2), visitor: Key128(high: high, low: low), occurredAt: row.timestampMillis(1))
        guard let session = columns.rows(of: event.visitor).first, columns.flags[session] & ShopColumns.Flag.bot == 0
        else { return }
        if event.name == VisitAction.pageViewed.eventName { pageviews[event.occurredAt / 60_000, default: 0] += 1 }
        events.insert(event, at: 0)
        if events.count > Self.eventsMax { events.removeLast() }
    }
}
