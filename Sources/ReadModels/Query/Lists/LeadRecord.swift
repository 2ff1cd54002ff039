package import EventModel
package import Postgres

/// Contact data of a lead, opened; nil where nothing was left.
package struct LeadContact: Sendable, Equatable {
    package var name: String?
    package var email: String?
    package var phone: String?
    /// The answers of the form, as JSON.
    package var answers: [UInt8]?

    /// What was left.
    package init(name: String? = nil, email: String? = nil, phone: String? = nil, answers: [UInt8]? = nil) {
        self.name = name
        self.email = email
        self.phone = phone
        self.answers = answers
    }
}

/// Opens the sealed contact data of leads and notes that it did; conformed to where the keys are.
package protocol LeadOpener: Sendable {
    /// The contact data of each event by its position in the lane; without an entry where it was erased or is
    /// unreadable. Throws `OpeningNotNoted` where the audit log cannot be written.
    func open(
        _ shop: ShopKey, _ positions: [Position], for reading: PersonalReading
    ) async throws -> [Position: LeadContact]
}

/// One lead as lists show it, without its contact data.
package struct LeadRecord: Sendable {
    package var id: Key128
    package var firstSeenAt: Int64
    package var lastSeenAt: Int64
    package var submissions: Int64
    package var status: String
    package var source: String
    package var marketingConsent: Bool?
    package var convertedAt: Int64?
    package var orders: Int64
    package var contactPosition: Position

    private static let select = """
        SELECT id, first_seen_at, last_seen_at, submissions, status, source, marketing_consent, converted_at, orders,
            contact_position
        FROM leads.lead
        """

    private init(_ row: PostgresRow) {
        let (high, low) = row.uuid(0)
        self.id = Key128(high: high, low: low)
        self.firstSeenAt = row.timestampMillis(1)
        self.lastSeenAt = row.timestampMillis(2)
        self.submissions = row.int64(3)
        self.status = row.text(4)
        self.source = row.text(5)
        self.marketingConsent = row.boolIfPresent(6)
        self.convertedAt = row.timestampMillisIfPresent(7)
        self.orders = row.int64(8)
        self.contactPosition = row.int64(9)
    }

    /// A page of the shop's leads, the one first seen last first.
    package static func list(
        _ shop: ShopKey, _ page: ListPage, _ connection: PostgresConnection
    ) throws -> ListAnswer<LeadRecord> {
        let after = page.after ?? .start
        let sql = """
            \(select) WHERE lane = $1 AND shop_id = $2 AND first_seen_at <= $3 AND (first_seen_at < $3 OR id > $4)
            ORDER BY first_seen_at DESC, id LIMIT $5
            """
        // Ids rise within one time, so the list starts before the lowest.
        let id = page.after?.id ?? .zero
        return try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            let asOf = try AsOfQuery.read("leads", lane: shop.lane, connection)
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
            let asOf = try AsOfQuery.read("leads", lane: shop.lane, connection)
            let rows = try connection.query(
                "\(select) WHERE lane = $1 AND shop_id = $2 AND id = $3",
                [.int2(shop.lane), .int4(shop.shop), .uuid(id.high, id.low)])
            return (rows.first.map(LeadRecord.init), asOf)
        }
    }

    /// Appends the record with its contact data; without an opener the data is null.
    package func write(_ writer: inout JSONWriter, _ contact: LeadContact?) {
        writer.object { writer in
            writer.member("id", id.hex)
            writer.member("first_seen_at", Timestamp.text(firstSeenAt))
            writer.member("last_seen_at", Timestamp.text(lastSeenAt))
            writer.member("submissions", submissions)
            writer.member("status", status)
            writer.member("source", source.isEmpty ? nil : source)
            writer.member("marketing_consent") { value in
                if let marketingConsent { value.bool(marketingConsent) } else { value.null() }
            }
            writer.member("converted_at", convertedAt.map(Timestamp.text))
            writer.member("orders", orders)
            writer.member("name", contact?.name)
            writer.member("email", contact?.email)
            writer.member("phone", contact?.phone)
            writer.member("answers") { value in if let json = contact?.answers { value.raw(json) } else { value.null() }
            }
        }
    }
}
