internal import Postgres

/// One refund of an order, with what was taken back.
package struct RefundRecord: Sendable {
    var orderID: Int64
    var id: Int64
    var createdAt: Int64?
    var processedAt: Int64?
    var amount: Int64?
    /// In minor units of the shopper's currency.
    var presentmentAmount: Int64?
    var lines: [Line] = []

    /// Units of a line that were taken back.
    struct Line: Sendable {
        var refundID: Int64
        var id: Int64
        var lineID: Int64?
        var quantity: Int64
        var subtotal: Int64?
        var tax: Int64?
    }

    /// The refunds of some orders, the first one first.
    static func of(_ orders: [Int64], _ shop: ShopKey, _ connection: PostgresConnection) throws -> [RefundRecord] {
        let place: [PostgresValue] = [.int2(shop.lane), .int4(shop.shop)]
        var refunds = try connection.query(
            """
            SELECT order_id, id, created_at, processed_at, amount, presentment_amount FROM orders.refund
            WHERE lane = $1 AND shop_id = $2 AND order_id = ANY ($3) ORDER BY order_id, created_at, id
            """, place + [.int8Array(orders)]
        ).map { row in
            RefundRecord(
                orderID: row.int64(0), id: row.int64(1), createdAt: row.timestampMillisIfPresent(2),
                processedAt: row.timestampMillisIfPresent(3), amount: row.int64IfPresent(4),
                presentmentAmount: row.int64IfPresent(5))
        }
        guard !refunds.isEmpty else { return [] }
        let lines = try connection.query(
            """
            SELECT refund_id, id, line_id, quantity, subtotal, tax FROM orders.refund_line
            WHERE lane = $1 AND shop_id = $2 AND order_id = ANY ($3) ORDER BY refund_id, id
            """, place + [.int8Array(refunds.map(\.orderID))]
        ).map { row in
            Line(
                refundID: row.int64(0), id: row.int64(1), lineID: row.int64IfPresent(2), quantity: row.int64(3),
                subtotal: row.int64IfPresent(4), tax: row.int64IfPresent(5))
        }
        let grouped = Dictionary(grouping: lines, by: \.refundID)
        for index in refunds.indices { refunds[index].lines = grouped[refunds[index].id] ?? [] }
        return refunds
    }

    func write(_ writer: inout JSONWriter, _ currency: String, _ exponent: Int, _ presentment: String) {
        func money(_ minor: Int64?) -> MoneyValue { MoneyValue(minor, currency, exponent: exponent) }
        writer.object { writer in
            ResourceID.write(&writer, "Refund", id)
            writer.member(time: "created_at", createdAt)
            writer.member(time: "processed_at", processedAt)
            writer.member("amount", money(amount))
            writer.member("presentment_amount", MoneyValue(presentmentAmount, presentment))
            writer.member("refund_line_items") { writer in
                writer.array(lines) { writer, line in
                    writer.object { writer in
                        writer.member("id", String(line.id))
                        writer.member("line_item_id", line.lineID.map { String($0) })
                        writer.member("quantity", line.quantity)
                        writer.member("subtotal", money(line.subtotal))
                        writer.member("total_tax", money(line.tax))
                    }
                }
            }
        }
    }
}
