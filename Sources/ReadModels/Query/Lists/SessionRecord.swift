package import EventModel
package import Postgres

/// One session as lists and its own page show it.
package struct SessionRecord: Sendable {
    package var visitor: Key128
    package var visitorKind: VisitorKind
    package var startedAt: Int64
    package var endedAt: Int64
    package var flags: UInt8
    /// page views, events, product views, add to carts, checkouts, purchases, leads
    package var counts: [Int64]
    /// In the order of `textNames`; empty is unknown.
    package var texts: [String]
    package var cartValue: Int64?
    package var checkoutValue: Int64?
    package var currency: String
    /// Names and times of its events; read for a single session only.
    package var events: [(name: String, occurredAt: Int64)] = []

    private static let countNames = [
        "pageviews", "events", "product_views", "add_to_carts", "checkouts", "purchases", "leads",
    ]
    private static let textNames = [
        "entry_page", "exit_page", "source", "medium", "channel", "referrer", "utm_source", "utm_medium",
        "utm_campaign", "utm_content", "utm_term", "device", "browser", "os", "country",
    ]
    private static let flagNames: [(String, UInt8)] = [
        ("bounced", ShopColumns.Flag.bounced), ("engaged", ShopColumns.Flag.engaged),
        ("converted", ShopColumns.Flag.converted), ("returning", ShopColumns.Flag.returning),
        ("bot", ShopColumns.Flag.bot),
    ]

    private static let select = """
        SELECT visitor, visitor_kind, started_at, ended_at, flags, cart_value, checkout_value, currency,
            \((countNames + textNames).joined(separator: ", "))
        FROM sessions.session
        """

    private init(_ row: PostgresRow) {
        let (high, low) = row.uuid(0)
        self.visitor = Key128(high: high, low: low)
        self.visitorKind = VisitorKind(rawValue: UInt8(clamping: row.int64(1))) ?? .none
        self.startedAt = row.timestampMillis(2)
        self.endedAt = row.timestampMillis(3)
        self.flags = UInt8(truncatingIfNeeded: row.int64(4))
        self.cartValue = row.int64IfPresent(5)
        self.checkoutValue = row.int64IfPresent(6)
        self.currency = row.text(7)
        self.counts = Self.countNames.indices.map { row.int64(8 + $0) }
        self.texts = Self.textNames.indices.map { row.text(8 + Self.countNames.count + $0) }
    }

    /// Visits that were on earlier pages under a later start. A late event gave them an earlier one, so that they would
    /// come again; the row of the start from before was taken away since the first page. Where so much has happened since
    /// that removals are forgotten, they do come again.
    private static let moved = """
        WITH moved AS MATERIALIZED (
            SELECT visitor, started_at FROM sessions.session_removed
            WHERE lane = $1 AND shop_id = $2 AND version > $6 AND (started_at, visitor) >= ($3, $4))
        """
    private static let isNotMoved = """
        AND NOT (visitor IN (SELECT m.visitor FROM moved m) AND EXISTS (
            SELECT FROM moved m WHERE m.visitor = session.visitor
                AND m.started_at BETWEEN session.started_at AND session.ended_at))
        """

    /// Whether the person returns, as queries say it; what stands in the row is said of the visitor alone. A visit that
    /// the columns lack, because it has changed since it was read, keeps that.
    mutating func takeReturning(_ columns: ShopColumns) {
        guard let isReturning = columns.isReturning(visitor, startedAt: startedAt) else { return }
        flags = flags & ~ShopColumns.Flag.returning | (isReturning ? ShopColumns.Flag.returning : 0)
    }

    /// A page of the shop's sessions without bots, the one that started last first.
    package static func list(
        _ shop: ShopKey, _ page: ListPage, _ connection: PostgresConnection
    ) throws -> ListAnswer<SessionRecord> {
        let after = page.after ?? .start
        let sql = """
            \(after.since == nil ? "" : moved)
            \(select) WHERE lane = $1 AND shop_id = $2 AND (started_at, visitor) < ($3, $4) AND flags & 1 = 0
            \(after.since == nil ? "" : isNotMoved)
            ORDER BY started_at DESC, visitor DESC LIMIT $5
            """
        let parameters: [PostgresValue] = [
            .int2(shop.lane), .int4(shop.shop), .timestamp(after.time), .uuid(after.id.high, after.id.low),
            .int8(Int64(page.first) + 1),
        ]
        return try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            let asOf = try AsOfQuery.read("sessions", shop, connection)
            let rows = try connection.query(sql, parameters + (after.since.map { [.int8($0)] } ?? []))
            let since = page.after == nil ? asOf.position : after.since
            return ListAnswer(rows.map(SessionRecord.init), page, asOf) {
                ListCursor(time: $0.startedAt, id: $0.visitor, since: since)
            }
        }
    }

    /// One session by its id, also by one from before a late event; nil where the shop has none.
    package static func find(
        _ shop: ShopKey, _ id: SessionAddress, _ connection: PostgresConnection
    ) throws -> (SessionRecord?, AsOf) {
        try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            let asOf = try AsOfQuery.read("sessions", shop, connection)
            let rows = try connection.query(
                """
                \(select) WHERE lane = $1 AND shop_id = $2 AND visitor = $3 AND started_at <= $4
                ORDER BY started_at DESC LIMIT 1
                """,
                [
                    .int2(shop.lane), .int4(shop.shop), .uuid(id.visitor.high, id.visitor.low),
                    .timestamp(id.startedAt),
                ])
            guard var record = rows.first.map(SessionRecord.init), record.endedAt >= id.startedAt else {
                return (nil, asOf)
            }
            try record.readEvents(shop, connection)
            return (record, asOf)
        }
    }
}

extension SessionRecord {
    /// Events of one session that are shown; the others are counted.
    private static let eventsMax = 500

    private static let eventsSQL = """
        SELECT k.name, e.occurred_at FROM log.event e JOIN log.kind k ON k.id = e.kind
        WHERE e.lane = $1 AND e.position BETWEEN $2 AND $3 AND e.shop_id = $4 AND e.visitor = $5
            AND e.occurred_at BETWEEN $6 AND $7
        ORDER BY e.occurred_at, e.position LIMIT \(eventsMax)
        """

    /// The events stand in the log; the visit keeps where.
    private mutating func readEvents(_ shop: ShopKey, _ connection: PostgresConnection) throws {
        let rows = try connection.query(
            """
            SELECT positions FROM sessions.session_events
            WHERE lane = $1 AND shop_id = $2 AND visitor = $3 AND started_at = $4
            """,
            [.int2(shop.lane), .int4(shop.shop), .uuid(visitor.high, visitor.low), .timestamp(startedAt)])
        guard let packed = rows.first?.bytes(0) else { return }
        for run in try PositionSet(decoding: packed).runs where events.count < Self.eventsMax {
            let found = try connection.query(
                Self.eventsSQL,
                [
                    .int2(shop.lane), .int8(run.first), .int8(run.last), .int4(shop.shop),
                    .uuid(visitor.high, visitor.low), .timestamp(startedAt), .timestamp(endedAt),
                ])
            events += found.map { ($0.text(0), $0.timestampMillis(1)) }
        }
        events.sort { $0.occurredAt < $1.occurredAt }
    }

    /// Appends the record; `withEvents` for a single one.
    package func write(_ writer: inout JSONWriter, withEvents: Bool = false) {
        writer.object { writer in
            writer.member("id", SessionAddress(visitor: visitor, startedAt: startedAt).text)
            writer.member("visitor", visitor.hex)
            writer.member("visitor_kind", visitorKind.name)
            writer.member("started_at", Timestamp.text(startedAt))
            writer.member("ended_at", Timestamp.text(endedAt))
            writer.member("duration") { $0.number(Double(endedAt - startedAt) / 1000) }
            for (name, count) in zip(Self.countNames, counts) { writer.member(name, count) }
            for (name, text) in zip(Self.textNames, texts) { writer.member(name, text.isEmpty ? nil : text) }
            for (name, bit) in Self.flagNames { writer.member(name, flags & bit != 0) }
            writer.member("cart_value") { value in if let cartValue { value.integer(cartValue) } else { value.null() } }
            writer.member("checkout_value") { value in
                if let checkoutValue { value.integer(checkoutValue) } else { value.null() }
            }
            writer.member("currency", currency.isEmpty ? nil : currency)
            if withEvents { writer.member("timeline") { $0.array(events, Self.write) } }
        }
    }

    private static func write(_ writer: inout JSONWriter, _ event: (name: String, occurredAt: Int64)) {
        writer.object { writer in
            writer.member("name", event.name)
            writer.member("at", Timestamp.text(event.occurredAt))
        }
    }
}
