package import EventModel
package import Postgres

/// One movement of money of an order.
package struct TransactionRecord: CommerceRecord {
    package var id: Int64
    var orderID: Int64
    var parentID: Int64?
    /// In the order of `textNames`.
    var texts: [String?]
    var amount: Int64?
    var currency: String
    var exponent: Int
    var createdAt: Int64?
    var processedAt: Int64?
    var isTest: Bool
    /// The amount as the shopper saw it.
    var presentment: MoneyValue

    private static let textNames = ["kind", "status", "gateway", "error_code"]

    package static let model = "orders"
    package static let order = ListOrder.byID
    package static let condition = "true"
    package static let orderCondition = "($5::int8 = 0 OR r.order_id = $5)"
    package static let searchFields = SearchFields.transactions
    package static let select = """
        SELECT r.id, r.order_id, r.parent_id, r.amount, r.currency, r.exponent, r.created_at, r.processed_at, r.is_test,
            r.presentment_amount, r.presentment_currency, \(textNames.map { "r.\($0)" }.joined(separator: ", "))
        FROM orders.transaction r
        """

    package init(_ row: PostgresRow) {
        id = row.int64(0)
        orderID = row.int64(1)
        parentID = row.int64IfPresent(2)
        amount = row.int64IfPresent(3)
        currency = row.textIfPresent(4) ?? ""
        exponent = row.int64IfPresent(5).map { Int($0) } ?? MinorUnits.exponent(of: currency)
        createdAt = row.timestampMillisIfPresent(6)
        processedAt = row.timestampMillisIfPresent(7)
        isTest = row.boolIfPresent(8) ?? false
        presentment = MoneyValue(row.int64IfPresent(9), row.textIfPresent(10) ?? "")
        texts = Self.textNames.indices.map { row.words(11 + $0) }
    }

    /// The transactions of some orders, the first one first.
    static func of(_ orders: [Int64], _ shop: ShopKey, _ connection: PostgresConnection) throws -> [TransactionRecord] {
        try connection.query(
            """
            \(select) WHERE r.lane = $1 AND r.shop_id = $2 AND r.order_id = ANY ($3)
            ORDER BY r.order_id, r.created_at, r.id
            """, [.int2(shop.lane), .int4(shop.shop), .int8Array(orders)]
        ).map(TransactionRecord.init)
    }

    package static func complete(
        _ records: inout [TransactionRecord], _ shop: ShopKey, _ connection: PostgresConnection
    ) throws {}

    package var place: ListCursor { ListCursor(id: id) }
    package var personalPosition: Position? { nil }

    package func write(_ writer: inout JSONWriter, _ opened: [UInt8]?) {
        writer.object { writer in
            ResourceID.write(&writer, "OrderTransaction", id)
            writer.member("order_id", String(orderID))
            writer.member("parent_id", parentID.map { String($0) })
            for (name, value) in zip(Self.textNames, texts) { writer.member(name, value) }
            writer.member("amount", MoneyValue(amount, currency, exponent: exponent))
            writer.member("presentment_amount", presentment)
            writer.member(time: "created_at", createdAt)
            writer.member(time: "processed_at", processedAt)
            writer.member("test", isTest)
        }
    }
}
