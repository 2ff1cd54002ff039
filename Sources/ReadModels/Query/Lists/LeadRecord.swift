package import EventModel
package import Postgres

/// One lead as lists show it, without its contact data.
package struct LeadRecord: Sendable {
    /// What led to the visit of the first submission; texts may be empty.
    private struct Visit: Sendable {
        let address: SessionAddress
        /// In the order of `touchNames`.
        let touch: [String]
    }

    /// Follows from the handle of the first submission.
    package var id: Key128
    /// Unix milliseconds.
    package var firstSeenAt: Int64
    private let lastSeenAt: Int64
    private let submissions: Int64
    private let isErased: Bool
    private let isContacted: Bool
    private let source: String
    private let marketingConsent: Bool?
    private let visit: Visit?
    private let orders: Int64
    private let convertedAt: Int64?
    private let netSales: MoneyValue
    /// Where the contact data are.
    package let contact: LeadPositions

    private static let touchNames = [
        "channel", "source", "medium", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_content",
        "utm_term",
    ]

    private static let select = """
        SELECT l.id, l.first_seen_at, l.last_seen_at, l.submissions, l.status, l.source, l.marketing_consent,
            l.name_position, l.email_position, l.phone_position, l.answers_position,
            c.orders, c.converted_at, c.net_sales, c.currency,
            s.visitor, s.started_at, \(touchNames.map { "s.\($0)" }.joined(separator: ", "))
        FROM leads.lead l
        LEFT JOIN LATERAL (\(LeadOrders.sums)) c ON true
        LEFT JOIN LATERAL (
            SELECT * FROM sessions.session s
            WHERE s.lane = l.lane AND s.shop_id = l.shop_id AND s.visitor = l.visitor
                AND s.started_at <= l.first_seen_at AND s.ended_at >= l.first_seen_at
            ORDER BY s.started_at DESC LIMIT 1) s ON true
        """

    private init(_ row: PostgresRow) {
        id = Self.key(row.uuid(0))
        firstSeenAt = row.timestampMillis(1)
        lastSeenAt = row.timestampMillis(2)
        submissions = row.int64(3)
        isErased = row.text(4) == "erased"
        isContacted = row.text(4) == "contacted"
        source = row.text(5)
        marketingConsent = row.boolIfPresent(6)
        contact = LeadPositions((7...10).map { row.int64($0) })
        orders = row.int64IfPresent(11) ?? 0
        convertedAt = row.timestampMillisIfPresent(12)
        netSales = MoneyValue(row.int64IfPresent(13), row.textIfPresent(14) ?? "")
        visit = row.uuidIfPresent(15).map { visitor in
            Visit(
                address: SessionAddress(visitor: Self.key(visitor), startedAt: row.timestampMillis(16)),
                touch: Self.touchNames.indices.map { row.text(17 + $0) })
        }
    }

    private static func key(_ words: (UInt64, UInt64)) -> Key128 { Key128(high: words.0, low: words.1) }

    /// What has become of the person.
    private var status: String {
        if isErased { return "erased" }
        if orders > 0 { return "converted" }
        return isContacted ? "contacted" : "new"
    }

    /// A page of the shop's leads, the one first seen last first.
    package static func list(
        _ shop: ShopKey, _ page: ListPage, _ connection: PostgresConnection
    ) throws -> ListAnswer<LeadRecord> {
        let after = page.after ?? .start
        let sql = """
            \(select) WHERE l.lane = $1 AND l.shop_id = $2 AND l.first_seen_at <= $3
                AND (l.first_seen_at < $3 OR l.id > $4)
            ORDER BY l.first_seen_at DESC, l.id LIMIT $5
            """
        // Ids rise within one time, so the list starts before the lowest.
        let id = page.after?.id ?? .zero
        return try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            let asOf = try asOf(shop, connection)
            let rows = try connection.query(
                sql,
                [
                    .int2(shop.lane), .int4(shop.shop), .timestamp(after.time), .uuid(id.high, id.low),
                    .int8(Int64(page.first) + 1),
                ])
            return ListAnswer(rows.map(LeadRecord.init), page, asOf) { ListCursor(time: $0.firstSeenAt, id: $0.id) }
        }
    }

    /// One lead by its id; nil where the shop has none.
    package static func find(
        _ shop: ShopKey, _ id: Key128, _ connection: PostgresConnection
    ) throws -> (LeadRecord?, AsOf) {
        try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            let asOf = try asOf(shop, connection)
            let rows = try connection.query(
                "\(select) WHERE l.lane = $1 AND l.shop_id = $2 AND l.id = $3",
                [.int2(shop.lane), .int4(shop.shop), .uuid(id.high, id.low)])
            return (rows.first.map(LeadRecord.init), asOf)
        }
    }

    /// Of the read models that a record is put together from, the one that is furthest behind.
    private static func asOf(_ shop: ShopKey, _ connection: PostgresConnection) throws -> AsOf {
        let all = try ["orders", "sessions"].map { try AsOfQuery.read($0, shop, connection) }
        let own = try AsOfQuery.read("leads", shop, connection)
        return all.reduce(own) { $1.position < $0.position ? $1 : $0 }
    }
}

extension LeadRecord {
    /// Appends the record with its contact data; without any the data is null.
    package func write(_ writer: inout JSONWriter, _ contact: LeadContact?) {
        writer.object { writer in
            writer.member("id", id.hex)
            writer.member("first_seen_at", Timestamp.text(firstSeenAt))
            writer.member("last_seen_at", Timestamp.text(lastSeenAt))
            writer.member("submissions", submissions)
            writer.member("status", status)
            writer.member("source", source.isEmpty ? nil : source)
            writer.member("session_id", visit?.address.text)
            writer.member("touch") { writeTouch(&$0) }
            writer.member(flag: "marketing_consent", marketingConsent)
            writer.member(time: "converted_at", convertedAt)
            writer.member("orders", orders)
            writer.member("net_sales", netSales)
            writer.member("name", contact?.name)
            writer.member("email", contact?.email)
            writer.member("phone", contact?.phone)
            writer.member("answers") { value in if let json = contact?.answers { value.raw(json) } else { value.null() }
            }
        }
    }

    private func writeTouch(_ writer: inout JSONWriter) {
        guard let visit else { return writer.null() }
        writer.object { writer in
            for (name, text) in zip(Self.touchNames, visit.touch) { writer.member(name, text.isEmpty ? nil : text) }
        }
    }
}
