internal import EventModel
internal import Postgres

/// The last half hour of a shop, minute by minute: followed in the log, up to where the read models are.
struct ShopPulse {
    /// One event of the feed.
    struct Event {
        var name: String
        var occurredAt: Int64
        var position: Position
        /// nil where the event names none.
        var page: String?
    }

    static let minutes = 30
    private static let eventsMax = 20
    /// The first look goes back at most this many events of the lane; a lane that gets more in half an hour shows less.
    private static let reachBack: Int64 = 500_000

    /// Page views by minute of their own time (Unix minutes).
    private(set) var pageviews: [Int64: Int64] = [:]
    /// The newest events by their own time, the last one first.
    private(set) var events: [Event] = []
    private var position: Position = -1

    private static let startSQL = """
        SELECT coalesce(min(first_position), $3) FROM (
            SELECT first_position, appended_at FROM log.batch WHERE lane = $1 ORDER BY sequence DESC LIMIT 20000) recent
        WHERE appended_at >= $2
        """

    private static let eventsSQL = """
        SELECT e.visitor, e.occurred_at, k.name, e.position FROM log.event e JOIN log.kind k ON k.id = e.kind
        WHERE e.lane = $1 AND e.position > $2 AND e.position <= $3 AND e.received_at >= $4 AND e.shop_id = $5
            AND e.source::integer IN (1, 2)
        ORDER BY e.position
        """

    private static let payloadsSQL = """
        SELECT position, dictionary::integer, payload FROM log.event
        WHERE lane = $1 AND position = ANY($2) AND received_at >= $3
        """

    /// Reads on up to a position of the lane; events of bots are left out.
    mutating func refresh(
        _ key: ShopKey, _ columns: ShopColumns, _ pages: inout EventPages, upTo end: Position, nowMillis: Int64,
        _ connection: PostgresConnection
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
            keepNewest()
            try readPages(key, &pages, after: position, since: horizon - 60_000, connection)
            position = end
        }
        // What happened before the half hour, and was told late, is not now.
        events.removeAll { $0.occurredAt < horizon }
        pageviews = pageviews.filter { $0.key >= horizon / 60_000 }
    }

    private mutating func take(_ row: PostgresRow, _ columns: ShopColumns) {
        let (high, low) = row.uuid(0)
        let event = Event(name: row.text(2), occurredAt: row.timestampMillis(1), position: row.int64(3))
        let visitor = Key128(high: high, low: low)
        guard let session = columns.anyRow(of: visitor), columns.flags[session] & ShopColumns.Flag.bot == 0
        else { return }
        if event.name == VisitAction.pageViewed.eventName { pageviews[event.occurredAt / 60_000, default: 0] += 1 }
        events.append(event)
        // The first look may be at half an hour's events.
        if events.count > 100 * Self.eventsMax { keepNewest() }
    }

    private mutating func keepNewest() {
        events.sort { ($1.occurredAt, $1.position) < ($0.occurredAt, $0.position) }
        events.removeLast(max(0, events.count - Self.eventsMax))
    }

    /// The pages of those of the events that are new.
    private mutating func readPages(
        _ key: ShopKey, _ pages: inout EventPages, after known: Position, since: Int64,
        _ connection: PostgresConnection
    ) throws {
        let fresh = events.map(\.position).filter { $0 > known }
        guard !fresh.isEmpty else { return }
        let rows = try connection.query(
            Self.payloadsSQL, [.int2(key.lane), .int8Array(fresh), .timestamp(since)])
        for row in rows {
            let dictionary = UInt8(truncatingIfNeeded: row.int64(1))
            let page = pages.page(of: row.bytes(2), dictionary: dictionary)
            for index in events.indices where events[index].position == row.int64(0) { events[index].page = page }
        }
    }
}
