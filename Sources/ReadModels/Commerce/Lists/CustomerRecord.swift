package import EventModel
package import Postgres

/// One customer as the data endpoints show it; who it is stands in the log, sealed.
package struct CustomerRecord: CommerceRecord {
    var handle: Key128
    var position: Position
    /// In the order of `textNames`.
    var texts: [String?]
    /// In the order of `timeNames`.
    var times: [Int64?]
    var isEmailVerified: Bool?
    var isTaxExempt: Bool?
    var tags: [String]
    var orders: Int64
    var spent: MoneyValue

    private static let textNames: [(column: String, name: String)] = [
        ("state", "state"), ("marketing_state", "email_marketing_state"), ("currency", "currency"),
    ]
    private static let timeNames: [(column: String, name: String)] = [
        ("created_at", "created_at"), ("updated_at", "updated_at"), ("first_order_at", "first_order_at"),
        ("last_order_at", "last_order_at"),
    ]

    package static let model = "customers"
    /// One that only orders name has no id that could be shown.
    package static let condition = "NOT r.is_deleted AND r.merged_into IS NULL AND r.position > 0"
    package static let order = ListOrder.byTime("coalesce(r.created_at, 'epoch')", key: "r.handle")
    package static let searchFields = SearchFields.customers
    package static let select = """
        SELECT r.handle, r.position, r.verified_email, r.tax_exempt, r.orders, r.spent, r.spent_currency,
            r.spent_exponent, r.tags,
            \((textNames.map(\.column) + timeNames.map(\.column)).map { "r.\($0)" }.joined(separator: ", "))
        FROM customers.customer r
        """

    package init(_ row: PostgresRow) {
        let (high, low) = row.uuid(0)
        handle = Key128(high: high, low: low)
        position = row.int64(1)
        isEmailVerified = row.boolIfPresent(2)
        isTaxExempt = row.boolIfPresent(3)
        orders = row.int64(4)
        texts = Self.textNames.indices.map { row.words(9 + $0) }
        times = Self.timeNames.indices.map { row.timestampMillisIfPresent(9 + Self.textNames.count + $0) }
        // Nothing was spent in no currency: it is shown in the customer's own.
        let currency = row.textIfPresent(6) ?? texts[2]
        spent = MoneyValue(currency == nil ? nil : row.int64(5), currency ?? "", exponent: Int(row.int64(7)))
        tags = row.textArray(8)
    }

    package static func complete(
        _ records: inout [CustomerRecord], _ shop: ShopKey, _ connection: PostgresConnection
    ) throws {}

    package var place: ListCursor { ListCursor(time: times[0] ?? 0, id: handle) }
    package var personalPosition: Position? { position > 0 ? position : nil }

    package func write(_ writer: inout JSONWriter, _ opened: [UInt8]?) {
        // What is no JSON cannot have been sealed by us; it is shown as erased.
        let root = opened.flatMap { try? JSONTree($0) }?.root
        writer.object { writer in
            CustomerContact(root).writeMembers(&writer)
            for (name, value) in zip(Self.textNames, texts) { writer.member(name.name, value) }
            for (name, value) in zip(Self.timeNames, times) { writer.member(time: name.name, value) }
            writer.member(flag: "verified_email", isEmailVerified)
            writer.member(flag: "tax_exempt", isTaxExempt)
            writer.member("orders_count", orders)
            writer.member("total_spent", spent)
            writer.member("tags", tags)
        }
    }
}
