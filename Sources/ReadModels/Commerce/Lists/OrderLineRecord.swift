internal import Postgres

/// One line of an order.
package struct OrderLineRecord: Sendable {
    var orderID: Int64
    var id: Int64
    var productID: Int64?
    var variantID: Int64?
    /// In the order of `textNames`.
    var texts: [String?]
    var quantity: Int64
    var currentQuantity: Int64?
    var price: Int64?
    var discount: Int64?
    var tax: Int64?

    private static let textNames = ["title", "variant_title", "sku", "vendor"]

    /// The lines of some orders, in the order of the checkout.
    static func of(_ orders: [Int64], _ shop: ShopKey, _ connection: PostgresConnection) throws -> [OrderLineRecord] {
        try connection.query(
            """
            SELECT order_id, id, product_id, variant_id, quantity, current_quantity, price, discount, tax,
                \(textNames.joined(separator: ", "))
            FROM orders.order_line WHERE lane = $1 AND shop_id = $2 AND order_id = ANY ($3)
            ORDER BY order_id, position_no, id
            """, [.int2(shop.lane), .int4(shop.shop), .int8Array(orders)]
        ).map(OrderLineRecord.init)
    }

    private init(_ row: PostgresRow) {
        orderID = row.int64(0)
        id = row.int64(1)
        productID = row.int64IfPresent(2)
        variantID = row.int64IfPresent(3)
        quantity = row.int64(4)
        currentQuantity = row.int64IfPresent(5)
        price = row.int64IfPresent(6)
        discount = row.int64IfPresent(7)
        tax = row.int64IfPresent(8)
        texts = Self.textNames.indices.map { row.words(9 + $0) }
    }

    func write(_ writer: inout JSONWriter, _ currency: String, _ exponent: Int) {
        func money(_ minor: Int64?) -> MoneyValue { MoneyValue(minor, currency, exponent: exponent) }
        writer.object { writer in
            ResourceID.write(&writer, "LineItem", id)
            writer.member("product_id", productID.map { String($0) })
            writer.member("variant_id", variantID.map { String($0) })
            for (name, value) in zip(Self.textNames, texts) { writer.member(name, value) }
            writer.member("quantity", quantity)
            writer.member(count: "current_quantity", currentQuantity)
            writer.member("price", money(price))
            writer.member("total_discount", money(discount))
            writer.member("total_tax", money(tax))
        }
    }
}
