package import EventModel
package import Postgres

/// One cart as lists show it.
package struct CartRecord: Sendable {
    /// Its place among carts of one moment.
    package var id: Key128
    package var token: String
    package var checkoutToken: String?
    package var createdAt: Int64
    package var lastActivityAt: Int64
    package var abandonedAt: Int64?
    package var completedAt: Int64?
    package var orderID: Int64?
    /// Minor units.
    package var value: Int64?
    package var exponent: Int
    package var currency: String
    package var lines: Int64
    package var state: CartState

    private static let select = """
        SELECT r.token, r.checkout_token, r.created_at, r.last_activity_at, r.due_at, r.lapsed_at, r.completed_at,
            r.order_id, r.value, r.exponent, coalesce(r.currency, s.currency), r.lines, r.id
        FROM carts.cart r JOIN registry.shop s ON s.id = r.shop_id
        """

    private init(_ row: PostgresRow, now: Int64) {
        token = row.text(0)
        checkoutToken = row.textIfPresent(1)
        createdAt = row.timestampMillis(2)
        lastActivityAt = row.timestampMillis(3)
        let (dueAt, lapsedAt) = (row.timestampMillis(4), row.timestampMillisIfPresent(5))
        completedAt = row.timestampMillisIfPresent(6)
        orderID = row.int64IfPresent(7)
        value = row.int64IfPresent(8)
        exponent = Int(row.int64(9))
        currency = row.text(10)
        lines = row.int64(11)
        let (high, low) = row.uuid(12)
        id = Key128(high: high, low: low)
        state = CartState(
            now: now, dueAt: dueAt, lapsedAt: lapsedAt, completedAt: completedAt, hasCheckout: checkoutToken != nil)
        switch state {
        case .abandoned where completedAt == nil: abandonedAt = dueAt
        case .abandoned, .recovered: abandonedAt = lapsedAt
        case .open, .checkout, .completed: abandonedAt = nil
        }
    }

    /// A page of the shop's carts, the one begun last first; states are those at `now` (Unix milliseconds).
    package static func list(
        _ shop: ShopKey, _ page: ListPage, now: Int64, _ connection: PostgresConnection
    ) throws -> ListAnswer<CartRecord> {
        let after = page.after ?? .start
        let sql = """
            \(select) WHERE r.lane = $1 AND r.shop_id = $2 AND (r.created_at, r.id) < ($3, $4)
            ORDER BY r.created_at DESC, r.id DESC LIMIT $5
            """
        return try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            let asOf = try AsOfQuery.read("carts", shop, connection)
            let rows = try connection.query(
                sql,
                [
                    .int2(shop.lane), .int4(shop.shop), .timestamp(after.time), .uuid(after.id.high, after.id.low),
                    .int8(Int64(page.first) + 1),
                ])
            return ListAnswer(rows.map { CartRecord($0, now: now) }, page, asOf) {
                ListCursor(time: $0.createdAt, id: $0.id)
            }
        }
    }

    /// Appends the record.
    package func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("token", token)
            writer.member("checkout_token", checkoutToken)
            writer.member("state", state.rawValue)
            writer.member("created_at", Timestamp.text(createdAt))
            writer.member("last_activity_at", Timestamp.text(lastActivityAt))
            writer.member("abandoned_at", abandonedAt.map(Timestamp.text))
            writer.member("completed_at", completedAt.map(Timestamp.text))
            writer.member("order") { writer in
                guard let orderID else { return writer.null() }
                writer.object { ResourceID.write(&$0, "Order", orderID) }
            }
            writer.member("value", MoneyValue(value, currency, exponent: exponent))
            writer.member("lines", lines)
        }
    }
}
