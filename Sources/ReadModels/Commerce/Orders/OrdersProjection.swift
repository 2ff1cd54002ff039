package import EventModel
package import Postgres

/// Orders with their lines, refunds, transactions and ledger: the schema `orders`.
///
/// Webhooks and the imported history have one shape and are folded alike. Each resource is what its newest payload says,
/// by the resource's own time: order and repetition of the log's events play no part.
package struct OrdersProjection: Projection {
    /// The orders that a batch changes.
    package struct Changes {
        var orders: [OrderID: OrderState] = [:]
        /// Those of them that have rows already.
        var known: Set<OrderID> = []
    }

    /// Name of the schema and of its file.
    package static let name = "orders"
    private let lane: Lane
    private let schema: String
    private let store: OrderStore

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
        store = OrderStore(lane: lane, schema: schema)
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        let events = batch.documented
        let concerned = Set(events.compactMap(OrderReader.orderID))
        guard !concerned.isEmpty else { return Changes() }
        let stored = try store.load(Array(concerned), on: connection)
        var states = stored
        for event in events { OrderReader.read(event, into: &states) }
        return Changes(orders: states.filter { stored[$0.key] != $0.value }, known: Set(stored.keys))
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        if !changes.orders.isEmpty { try store.write(changes, version: version, on: connection) }
    }

    /// Leaves the person's orders with their amounts, under a pseudonym.
    package func redact(
        _ tombstone: Tombstone, version: Position, on connection: PostgresConnection
    ) throws -> Int64 {
        tombstone.scope == .shop
            ? try ShopRows.remove(tombstone.shop, lane: lane, schema: schema, on: connection)
            : try store.redact(tombstone, version: version, on: connection)
    }

    /// The transaction was committed.
    package mutating func confirm(_ changes: Changes) {}
    /// Forgets what is kept in memory.
    package mutating func reset() {}
}
