internal import EventModel
internal import Postgres

/// Writes `source`, `activity` and `purchase`, and `cart` which follows from them; inside whatever transaction the
/// caller has.
struct CartStore {
    private let lane: Lane
    private let sql: CartSQL

    init(lane: Lane, schema: String) {
        self.lane = lane
        self.sql = CartSQL(schema: schema)
    }

    private struct CartKey: Hashable {
        let shop: ShopID
        let token: String
    }

    func write(_ changes: CartsProjection.Changes, version: Position, on connection: PostgresConnection) throws {
        let touched = Array(try self.touched(changes, connection))
        try run(sql.sources, Array(changes.sources), version, connection) { writer, row in
            Self.write(&writer, row.key)
            row.value.write(&writer)
        }
        try run(sql.activity, Array(changes.moments), version, connection) { writer, row in
            Self.write(&writer, row.key)
            writer.member("moments", row.value.sorted().map(Timestamp.text))
        }
        try run(sql.purchases, Array(changes.purchases), version, connection) { writer, row in
            writer.member("shop_id", Int64(row.key.shop))
            writer.member("order_id", row.key.id)
            row.value.write(&writer)
        }
        for statement in [sql.remove, sql.derive] {
            try run(statement, touched, version, connection) { writer, key in
                writer.member("shop_id", Int64(key.shop))
                writer.member("token", key.token)
            }
        }
    }

    /// The carts that may change: those named, and those of the checkouts named, before and after.
    private func touched(
        _ changes: CartsProjection.Changes, _ connection: PostgresConnection
    ) throws -> Set<CartKey> {
        var touched: Set<CartKey> = []
        var checkouts: Set<CartKey> = []
        for (key, payload) in changes.sources {
            touched.insert(CartKey(shop: key.shop, token: key.token))
            touched.insert(CartKey(shop: key.shop, token: payload.cartToken))
            if key.isCheckout { checkouts.insert(CartKey(shop: key.shop, token: key.token)) }
        }
        for (key, purchase) in changes.purchases {
            if let token = purchase.cartToken { touched.insert(CartKey(shop: key.shop, token: token)) }
            if let token = purchase.checkoutToken { checkouts.insert(CartKey(shop: key.shop, token: token)) }
        }
        let asked = Array(checkouts)
        let known = try connection.query(
            sql.cartsOfCheckouts, [.int2(lane), .int4Array(asked.map(\.shop)), .textArray(asked.map(\.token))])
        return touched.union(checkouts).union(known.map { CartKey(shop: $0.int32(0), token: $0.text(1)) })
    }

    private func run<Row>(
        _ sql: String, _ rows: [Row], _ version: Position, _ connection: PostgresConnection,
        _ write: (inout JSONWriter, Row) -> Void
    ) throws {
        try PayloadRows.run(sql, rows, lane: lane, version: version, on: connection, write)
    }

    private static func write(_ writer: inout JSONWriter, _ key: CartsProjection.SourceKey) {
        writer.member("shop_id", Int64(key.shop))
        writer.member("token", key.token)
        writer.member("is_checkout", key.isCheckout)
    }
}
