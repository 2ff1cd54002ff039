package import EventModel
package import Postgres

/// One order as the data endpoints show it, with its lines, refunds and transactions.
package struct OrderRecord: CommerceRecord {
    package var id: Int64
    var texts: [String?]
    var times: [Int64?]
    var flags: [Bool]
    var amounts: [Int64?]
    /// In minor units of the shopper's currency.
    var presentmentTotal: Int64?
    var lists: [[String]]
    var number: Int64?
    var units: Int64
    var currency: String
    var exponent: Int
    var hasCustomer: Bool
    var position: Position
    var lines: [OrderLineRecord] = []
    var refunds: [RefundRecord] = []
    var transactions: [TransactionRecord] = []

    // Columns and the names under which they are shown, in one order.
    private static let textNames: [(column: String, name: String)] = [
        ("name", "name"), ("cancel_reason", "cancel_reason"), ("financial_status", "financial_status"),
        ("fulfillment_status", "fulfillment_status"), ("currency", "currency"),
        ("presentment_currency", "presentment_currency"), ("source_name", "source_name"),
    ]
    private static let timeNames = ["created_at", "processed_at", "updated_at", "closed_at", "cancelled_at"]
    private static let flagNames: [(column: String, name: String)] = [
        ("is_test", "test"), ("taxes_included", "taxes_included"),
    ]
    private static let amountNames: [(column: String, name: String)] = [
        ("gross", "gross_sales"), ("discounts", "discounts"), ("shipping", "total_shipping"),
        ("duties", "total_duties"), ("tax", "total_tax"), ("total", "total_price"), ("refunded", "total_refunded"),
    ]
    private static let listNames: [(column: String, name: String)] = [
        ("tags", "tags"), ("discount_codes", "discount_codes"), ("gateways", "payment_gateway_names"),
    ]
    private static let columns =
        textNames.map(\.column) + timeNames + flagNames.map(\.column) + amountNames.map(\.column)
        + listNames.map(\.column)

    package static let model = "orders"
    package static let order = ListOrder.byID
    package static let orderCondition = "($5::int8 = 0 OR r.id = $5)"
    package static let searchFields = SearchFields.orders
    package static let select = """
        SELECT r.id, r.number, r.units, r.exponent, r.position, r.customer IS NOT NULL, r.presentment_total,
            \(columns.map { "r.\($0)" }.joined(separator: ", "))
        FROM orders.shop_order r
        """

    package init(_ row: PostgresRow) {
        self.id = row.int64(0)
        self.number = row.int64IfPresent(1)
        self.units = row.int64(2)
        self.exponent = Int(row.int64(3))
        self.position = row.int64(4)
        self.hasCustomer = row.bool(5)
        self.presentmentTotal = row.int64IfPresent(6)
        var column = 7
        func next<Value>(_ count: Int, _ read: (Int) -> Value) -> [Value] {
            defer { column += count }
            return (column..<column + count).map(read)
        }
        self.texts = next(Self.textNames.count) { row.words($0) }
        self.times = next(Self.timeNames.count) { row.timestampMillisIfPresent($0) }
        self.flags = next(Self.flagNames.count) { row.boolIfPresent($0) ?? false }
        self.amounts = next(Self.amountNames.count) { row.int64IfPresent($0) }
        self.lists = next(Self.listNames.count) { row.textArray($0) }
        self.currency = texts[4] ?? ""
    }

    package var place: ListCursor { ListCursor(id: id) }
    package var personalPosition: Position? { position > 0 ? position : nil }

    package static func complete(
        _ records: inout [OrderRecord], _ shop: ShopKey, _ connection: PostgresConnection
    ) throws {
        let ids = records.map(\.id)
        let lines = Dictionary(grouping: try OrderLineRecord.of(ids, shop, connection), by: \.orderID)
        let refunds = Dictionary(grouping: try RefundRecord.of(ids, shop, connection), by: \.orderID)
        let transactions = Dictionary(grouping: try TransactionRecord.of(ids, shop, connection), by: \.orderID)
        for index in records.indices {
            let id = records[index].id
            records[index].lines = lines[id] ?? []
            records[index].refunds = refunds[id] ?? []
            records[index].transactions = transactions[id] ?? []
        }
    }

    package func write(_ writer: inout JSONWriter, _ opened: [UInt8]?) {
        writer.object { writer in
            ResourceID.write(&writer, "Order", id)
            writer.member(count: "number", number)
            for (name, value) in zip(Self.textNames, texts) { writer.member(name.name, value) }
            for (name, value) in zip(Self.timeNames, times) { writer.member(time: name, value) }
            for (name, value) in zip(Self.flagNames, flags) { writer.member(name.name, value) }
            for (name, value) in zip(Self.amountNames, amounts) { writer.member(name.name, money(value)) }
            let presentment = texts[5] ?? currency
            writer.member("presentment_total_price", MoneyValue(presentmentTotal, presentment))
            for (name, value) in zip(Self.listNames, lists) { writer.member(name.name, value) }
            writer.member("units", units)
            writePersons(&writer, opened)
            writer.member("line_items") { $0.array(lines) { $1.write(&$0, currency, exponent) } }
            writer.member("refunds") { $0.array(refunds) { $1.write(&$0, currency, exponent, presentment) } }
            writer.member("transactions") { $0.array(transactions) { $1.write(&$0, nil) } }
        }
    }

    /// The order's own contact data and its customer; nulls where they were erased.
    private func writePersons(_ writer: inout JSONWriter, _ opened: [UInt8]?) {
        // What is no JSON cannot have been sealed by us; it is shown as erased.
        let root = opened.flatMap { try? JSONTree($0) }?.root
        writer.member("email", root?["email"]?.text)
        writer.member("phone", root?["phone"]?.text)
        writer.member("customer") { writer in
            guard hasCustomer else { return writer.null() }
            writer.object { CustomerContact(root?["customer"]).writeMembers(&$0) }
        }
    }

    private func money(_ minor: Int64?) -> MoneyValue { MoneyValue(minor, currency, exponent: exponent) }
}
