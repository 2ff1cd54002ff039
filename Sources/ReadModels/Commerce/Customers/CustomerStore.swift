internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy

/// Writes `customer`, `purchase` and `purchase_sum`, inside whatever transaction the caller has.
struct CustomerStore {
    private let lane: Lane
    private let sql: CustomerSQL
    private let tagSQL: CustomerTagSQL

    init(lane: Lane, schema: String) {
        self.lane = lane
        self.sql = CustomerSQL(schema: schema)
        self.tagSQL = CustomerTagSQL(schema: schema)
    }

    func write(
        _ changes: CustomersProjection.Changes, version: Position, on connection: PostgresConnection
    ) throws {
        var touched = Set(changes.customers.keys).union(changes.merges.keys)
        touched.formUnion(changes.merges.map { CustomerKey(shop: $0.key.shop, handle: $0.value) })
        touched.formUnion(try writePurchases(changes, version, connection))
        try run(sql.customers, Array(changes.customers), version, connection) { writer, row in
            Self.write(&writer, row.key)
            row.value.write(&writer)
        }
        try run(sql.consents, Array(changes.consents), version, connection) { writer, row in
            Self.write(&writer, row.key)
            writer.member("state", row.value.state)
            writer.member("at", Timestamp.text(row.value.at))
        }
        try run(sql.deletions, Array(changes.deleted), version, connection, Self.write)
        try run(sql.merges, Array(changes.merges), version, connection) { writer, row in
            Self.write(&writer, row.key)
            writer.member("kept", row.value.hex)
        }
        try run(sql.figures, Array(touched), version, connection, Self.write)
        try writeTags(changes, touched, version, connection)
    }

    /// Whoever got a row in this batch may have tags that came before it.
    private func writeTags(
        _ changes: CustomersProjection.Changes, _ touched: Set<CustomerKey>, _ version: Position,
        _ connection: PostgresConnection
    ) throws {
        try run(tagSQL.stated, Array(changes.statedTags), version, connection) { writer, row in
            Self.write(&writer, row.key)
            writer.members(row.value.version)
            writer.member("tags", row.value.tags)
        }
        try run(tagSQL.changes, Array(changes.tagChanges), version, connection) { writer, row in
            Self.write(&writer, row.key.customer)
            writer.member("tag", row.key.tag)
            writer.member("at", Timestamp.text(row.value.at))
            writer.member(truth: "is_added", row.value.isAdded)
        }
        let tagged = touched.union(changes.consents.keys).union(changes.deleted)
            .union(changes.tagChanges.keys.map(\.customer))
        try run(tagSQL.figures, Array(tagged), version, connection, Self.write)
    }

    /// Renames the tombstone's customers and empties their rows; e-mails and phones of it stay nowhere.
    func redact(_ tombstone: Tombstone, version: Position, on connection: PostgresConnection) throws -> Int64 {
        let customers = tombstone.handles.filter { $0.kind == .customer }
        let pseudonyms = customers.map(tombstone.pseudonym)
        let shop: [PostgresValue] = [.int2(lane), .int4(tombstone.shop), .int8(version)]
        let names: [PostgresValue] = [.uuidArray(customers.map(\.hash).uuids), .uuidArray(pseudonyms.uuids)]
        let contacts: [PostgresValue] = [
            .uuidArray(tombstone.hashes(.email).uuids), .uuidArray(tombstone.hashes(.phone).uuids),
        ]
        var rows: Int64 = 0
        for statement in sql.erase { rows += try Self.count(statement, shop + names, connection) }
        for statement in sql.resum + tagSQL.erase { _ = try connection.query(statement, shop + names) }
        for statement in sql.eraseContacts { rows += try Self.count(statement, shop + contacts, connection) }
        let touched = pseudonyms.map { CustomerKey(shop: tombstone.shop, handle: $0) }
        try run(sql.figures, rows > 0 ? touched : [], version, connection, Self.write)
        return rows
    }

    private static func count(
        _ statement: String, _ parameters: [PostgresValue], _ connection: PostgresConnection
    ) throws -> Int64 {
        try connection.query("with changed as (\(statement) returning 1) select count(*) from changed", parameters)[0]
            .int64(0)
    }

    /// Gives the customers whose figures may change: those of the orders before and after.
    private func writePurchases(
        _ changes: CustomersProjection.Changes, _ version: Position, _ connection: PostgresConnection
    ) throws -> [CustomerKey] {
        let refunded = changes.refunds.map { ResourceKey(shop: $0.key.shop, id: $0.value.order) }
        let orders = Array(Set(changes.purchases.keys).union(changes.deletedOrders).union(refunded))
        guard !orders.isEmpty else { return [] }
        let before = try customers(sql.takeOut, of: orders, connection)
        try run(sql.purchases, Array(changes.purchases), version, connection) { writer, row in
            writer.member("shop_id", Int64(row.key.shop))
            writer.member("order_id", row.key.id)
            row.value.write(&writer)
        }
        try run(sql.refunds, Array(changes.refunds), version, connection) { writer, row in
            writer.member("shop_id", Int64(row.key.shop))
            row.value.write(&writer)
        }
        _ = try connection.query(sql.withoutRefunds, keys(orders))
        try run(sql.deletedOrders, Array(changes.deletedOrders), version, connection) { writer, key in
            writer.member("shop_id", Int64(key.shop))
            writer.member("order_id", key.id)
        }
        let after = try customers(sql.putIn, of: orders, connection)
        try run(sql.forgetEmptySums, before, version, connection, Self.write)
        return before + after
    }

    private func customers(
        _ statement: String, of orders: [ResourceKey], _ connection: PostgresConnection
    ) throws -> [CustomerKey] {
        try connection.query(statement, keys(orders)).map { row in
            let (high, low) = row.uuid(1)
            return CustomerKey(shop: row.int32(0), handle: Key128(high: high, low: low))
        }
    }

    private func keys(_ orders: [ResourceKey]) -> [PostgresValue] {
        [.int2(lane), .int4Array(orders.map(\.shop)), .int8Array(orders.map(\.id))]
    }

    private func run<Row>(
        _ sql: String, _ rows: [Row], _ version: Position, _ connection: PostgresConnection,
        _ write: (inout JSONWriter, Row) -> Void
    ) throws {
        try PayloadRows.run(sql, rows, lane: lane, version: version, on: connection, write)
    }

    private static func write(_ writer: inout JSONWriter, _ key: CustomerKey) {
        writer.member("shop_id", Int64(key.shop))
        writer.member("handle", key.handle.hex)
    }
}
