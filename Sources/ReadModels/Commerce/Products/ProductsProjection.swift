package import EventModel
package import Postgres

/// Products and their variants: `products.product`, `products.variant`. Of two payloads the newer one counts, whatever
/// came first; a deletion counts for ever.
package struct ProductsProjection: Projection {
    /// What a batch adds.
    package struct Changes {
        var products: [ResourceKey: ProductPayload] = [:]
        var deleted: Set<ResourceKey> = []
        /// By product and variant.
        var variants: [VariantKey: VariantPayload] = [:]

        var isEmpty: Bool { products.isEmpty && deleted.isEmpty }
    }

    struct VariantKey: Hashable {
        let product: ResourceKey
        let id: Int64
    }

    /// Name of the schema and of its file.
    package static let name = "products"
    private let lane: Lane
    private let schema: String
    private let store: ProductStore

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
        store = ProductStore(lane: lane, schema: schema)
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        var changes = Changes()
        for event in batch.documented {
            guard let document = event.document, document.topic.hasPrefix("products/"),
                let id = document.root["id"]?.id
            else { continue }
            let key = ResourceKey(shop: event.shop, id: id)
            if document.topic == "products/delete" {
                changes.deleted.insert(key)
            } else {
                changes.add(ProductPayload(event, document), key)
            }
        }
        return changes
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        if !changes.isEmpty { try store.write(changes, version: version, on: connection) }
    }

    /// Products are nobody's: only a shop takes them along.
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

extension ProductsProjection.Changes {
    fileprivate mutating func add(_ payload: ProductPayload, _ key: ResourceKey) {
        for variant in payload.variants {
            let place = ProductsProjection.VariantKey(product: key, id: variant.id)
            if let known = variants[place], variant.version < known.version { continue }
            variants[place] = variant
        }
        if let known = products[key], payload.version < known.version { return }
        products[key] = payload
    }
}
