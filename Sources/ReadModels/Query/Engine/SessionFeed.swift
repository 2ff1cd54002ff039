internal import EventModel
internal import Postgres

/// Reads a shop's sessions into its columns: all of them once, then what changed since.
///
/// Each refresh is one statement and so one snapshot: how far the read model is, which removals it has forgotten, the
/// rows that were taken away, the rows that changed, in this order. The connection must not run it in parallel, which would lose the order.
struct SessionFeed {
    /// Thrown out of a refresh when a rebuilt read model has taken the place of the one before, or when removals that
    /// were not seen yet are forgotten.
    private struct Replaced: Error {}

    private enum Kind {
        static let state: Int16 = 0
        static let removed: Int16 = 1
        static let changed: Int16 = 2
        static let trimmed: Int16 = 3
    }

    /// Columns with texts, in the order of the SELECT list, from `firstText` on.
    private static let textColumns: [(VisitColumn, sql: String)] = [
        (.source, "source"), (.channel, "channel"), (.referrer, "referrer"), (.utmSource, "utm_source"),
        (.utmMedium, "utm_medium"), (.utmCampaign, "utm_campaign"), (.utmContent, "utm_content"),
        (.utmTerm, "utm_term"), (.entryPage, "entry_page"), (.exitPage, "exit_page"), (.device, "device"),
        (.browser, "browser"), (.os, "os"), (.country, "country"),
    ]
    private static let firstText = 9
    /// Behind the texts and the activity.
    private static let customer = firstText + textColumns.count + 1
    private static let told = customer + 1

    /// The first read of a shop, of any size and on a slow disk; what takes longer will never end.
    private static let loadMillis = 600_000
    /// Counting is worth less than this.
    private static let countMillis = 2_000
    /// "canceling statement due to statement timeout"
    private static let stoppedState = "57014"

    /// One row: the state of the read model, and whether something of the shop has changed after position `$3`. A plan for
    /// any position looks for `version > $3` in the whole table; the greatest one stands at the end of an index.
    private static let newsSQL = """
        SELECT state.*, $3 < greatest(
            (SELECT max(version) FROM sessions.session WHERE lane = $1 AND shop_id = $2),
            (SELECT max(version) FROM sessions.session_removed WHERE lane = $1 AND shop_id = $2),
            (SELECT max(version) FROM sessions.session_trimmed WHERE lane = $1 AND shop_id IN (0, $2)), 0)
        FROM (\(AsOfQuery.sql(of: "sessions", lane: "$1", shop: "$2"))) state
        """

    /// The state of the read model, and whether columns that show the state `known` show this one as well. Costs a tenth of
    /// a refresh.
    static func news(
        _ shop: ShopKey, since known: AsOf?, _ connection: PostgresConnection
    ) throws -> (asOf: AsOf, isKnown: Bool) {
        guard let known else { return (try AsOfQuery.read("sessions", shop, connection), false) }
        let row = try connection.query(newsSQL, [.int2(shop.lane), .int4(shop.shop), .int8(known.position)])[0]
        let asOf = AsOfQuery.asOf(row)
        let isLater = known.generation == asOf.generation && known.position <= asOf.position
        return (asOf, isLater && !row.bool(5))
    }

    /// Brings the columns up to the read model's state and says which that is.
    static func refresh(_ shop: CachedShop, _ connection: PostgresConnection) throws {
        do {
            try read(shop, connection)
        } catch is Replaced {
            shop.clear()
            try read(shop, connection)
        }
    }

    private static func read(_ shop: CachedShop, _ connection: PostgresConnection) throws {
        guard shop.asOf == nil else {
            try take(shop, connection)
            return shop.columns.settle()
        }
        defer { resetTimeout(connection) }
        try reserve(shop, connection)
        // What was read before a statement is given up is lost, so the next one would come no further.
        try connection.execute("SET statement_timeout = \(loadMillis)")
        try take(shop, connection)
        shop.columns.settleAll()
    }

    /// A session that does not even do that is dropped; the next one starts with what is usual.
    private static func resetTimeout(_ connection: PostgresConnection) {
        guard connection.isConnected else { return }
        do { try connection.execute("RESET statement_timeout") } catch { connection.close() }
    }

    private static func take(_ shop: CachedShop, _ connection: PostgresConnection) throws {
        let known = shop.asOf
        var state: AsOf?
        let sql = statement(shop.key, after: known?.position ?? -1)
        _ = try connection.copyOut(sql) { row in
            switch row.int16(0) {
            case Kind.state:
                let read = AsOf(
                    position: row.int64(6), projectedAt: row.timestampMillis(3), completeUntil: row.timestampMillis(2),
                    generation: row.int64(7), changedAt: row.int64(told))
                if let known, known.generation != read.generation || known.position > read.position { throw Replaced() }
                state = read
            case Kind.trimmed:
                if let known, known.position < row.int64(6) { throw Replaced() }
            case Kind.removed:
                if known != nil { shop.columns.remove(key(row), startedAt: row.timestampMillis(2)) }
            default: try put(row, &shop.columns, isFirst: known == nil)
            }
        }
        shop.asOf = state
    }

    private static func put(_ row: borrowing PostgresCopyRow, _ columns: inout ShopColumns, isFirst: Bool) throws {
        let session = SessionRow(
            visitor: key(row), customer: row.uuidIfPresent(customer).map { Key128(high: $0.0, low: $0.1) },
            startedAt: row.timestampMillis(2), endedAt: row.timestampMillis(3), flags: row.int32(4),
            actions: UInt8(truncatingIfNeeded: row.int32(5)),
            activity: try Activity(decoding: row.bytes(firstText + textColumns.count)))
        let place = isFirst ? columns.add(session) : columns.upsert(session)
        for (index, column) in textColumns.enumerated() {
            row.withBytes(firstText + index) { columns.setText(column.0, place, $0) }
        }
        let kind = VisitorKind(rawValue: UInt8(clamping: row.int64(8)))?.name ?? ""
        columns.setText(.visitorKind, place, kind)
    }

    private static func key(_ row: borrowing PostgresCopyRow) -> Key128 {
        let (high, low) = row.uuid(1)
        return Key128(high: high, low: low)
    }

    /// Room for a big shop at once. The count is a hint: it need not be of the same snapshot, and where it takes long the
    /// columns grow as they go.
    private static func reserve(_ shop: CachedShop, _ connection: PostgresConnection) throws {
        let sql = "SELECT count(*) FROM sessions.session WHERE lane = $1 AND shop_id = $2"
        do {
            try connection.execute("SET statement_timeout = \(countMillis)")
            let count = try connection.query(sql, [.int2(shop.key.lane), .int4(shop.key.shop)])[0].int64(0)
            shop.columns.reserve(Int(count + count / 32) + 64)
        } catch {
            guard error.sqlState == stoppedState else { throw error }
        }
    }

    /// COPY takes no parameters; only integers are put in.
    private static func statement(_ shop: ShopKey, after version: Int64) -> String {
        let mine = "lane = \(shop.lane) AND shop_id = \(shop.shop) AND version > \(version)"
        return """
            COPY (
                SELECT \(Kind.state)::int2, NULL::uuid, complete_until, projected_at, 0::int4, 0::int4,
                    position, generation, 0::int2, \(textColumns.map { _ in "''::text" }.joined(separator: ", ")), ''::bytea,
                    NULL::uuid, changed_at
                FROM (\(AsOfQuery.sql(of: "sessions", lane: "\(shop.lane)", shop: "\(shop.shop)"))) state
                UNION ALL
                SELECT \(Kind.trimmed)::int2, NULL::uuid, 'epoch', 'epoch', 0, 0, version, 0::int8, 0::int2,
                    \(textColumns.map { _ in "''" }.joined(separator: ", ")), ''::bytea, NULL::uuid, 0::int8
                FROM sessions.session_trimmed WHERE lane = \(shop.lane) AND shop_id IN (0, \(shop.shop))
                UNION ALL
                SELECT \(Kind.removed)::int2, visitor, started_at, started_at, 0, 0, 0::int8, 0::int8, 0::int2,
                    \(textColumns.map { _ in "''" }.joined(separator: ", ")), ''::bytea, NULL::uuid, 0::int8
                FROM sessions.session_removed WHERE \(mine)
                UNION ALL
                SELECT \(Kind.changed)::int2, visitor, started_at, ended_at, flags,
                    (pageviews > 0)::int + 2 * (product_views > 0)::int + 4 * (add_to_carts > 0)::int
                        + 8 * (checkouts > 0)::int + 16 * (purchases > 0)::int,
                    0::int8, 0::int8, visitor_kind, \(textColumns.map(\.sql).joined(separator: ", ")), activity,
                    customer, 0::int8
                FROM sessions.session WHERE \(mine)
            ) TO STDOUT (FORMAT binary)
            """
    }
}
