package import EventModel
package import Postgres

/// Carts and checkouts: `carts.cart`. A cart is what `carts/*` and the `checkouts/*` of its token say, newest first,
/// and the orders of these tokens complete it; which state that is depends on the time of reading (see `CartState`).
/// That Shopify later deletes a checkout changes nothing: it was left all the same.
package struct CartsProjection: Projection {
    /// What a batch adds.
    package struct Changes {
        var sources: [SourceKey: CartPayload] = [:]
        /// When something happened, Unix milliseconds.
        var moments: [SourceKey: Set<Int64>] = [:]
        var purchases: [ResourceKey: CartPurchase] = [:]

        var isEmpty: Bool { sources.isEmpty && purchases.isEmpty }
    }

    /// A cart or a checkout.
    struct SourceKey: Hashable {
        let shop: ShopID
        let token: String
        let isCheckout: Bool
    }

    /// Name of the schema and of its file.
    package static let name = "carts"
    private let lane: Lane
    private let schema: String
    private let store: CartStore

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
        store = CartStore(lane: lane, schema: schema)
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        var changes = Changes()
        for event in batch.documented {
            guard let document = event.document else { continue }
            switch document.topic {
            case "carts/create", "carts/update": changes.addCart(event, document)
            case "checkouts/create", "checkouts/update": changes.addCheckout(event, document)
            case "orders/edited", "orders/delete": continue
            case let topic where topic.hasPrefix("orders/"): changes.addOrder(event, document)
            default: continue
            }
        }
        return changes
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        if !changes.isEmpty { try store.write(changes, version: version, on: connection) }
    }

    /// Carts are known by tokens and values, which name nobody (see `Lineage`): only a shop takes them along.
    package func redact(
        _ tombstone: Tombstone, version: Position, on connection: PostgresConnection
    ) throws -> Int64 {
        guard tombstone.scope == .shop else { return 0 }
        return try ShopRows.remove(tombstone.shop, lane: lane, schema: schema, on: connection)
    }

    /// The transaction was committed.
    package mutating func confirm(_ changes: Changes) {}
    /// Forgets what is kept in memory.
    package mutating func reset() {}
}

extension CartsProjection.Changes {
    fileprivate mutating func addCart(_ event: EventFacts, _ document: CommerceDocument) {
        guard let token = CartTokens.text(document.root["token"] ?? document.root["id"]) else { return }
        let key = CartsProjection.SourceKey(shop: event.shop, token: token, isCheckout: false)
        add(CartPayload(cart: document, token: token, event), event, document, key)
    }

    fileprivate mutating func addCheckout(_ event: EventFacts, _ document: CommerceDocument) {
        guard let token = CartTokens.text(document.root["token"]) else { return }
        let key = CartsProjection.SourceKey(shop: event.shop, token: token, isCheckout: true)
        add(CartPayload(checkout: document, token: token, event), event, document, key)
    }

    private mutating func add(
        _ payload: CartPayload, _ event: EventFacts, _ document: CommerceDocument, _ key: CartsProjection.SourceKey
    ) {
        if sources[key].map({ $0.version < payload.version }) ?? true { sources[key] = payload }
        let times = ["created_at", "updated_at"].compactMap { document.root[$0]?.time }
        moments[key, default: []].formUnion(times.isEmpty ? [event.order.time] : times)
    }

    fileprivate mutating func addOrder(_ event: EventFacts, _ document: CommerceDocument) {
        guard let id = document.root["id"]?.id, let purchase = CartPurchase(event, document) else { return }
        let key = ResourceKey(shop: event.shop, id: id)
        if purchases[key].map({ $0.version < purchase.version }) ?? true { purchases[key] = purchase }
    }
}
