package import EventModel
internal import Pipelines
package import Postgres
internal import Privacy

/// Customers and what they bought: `customers.customer`. Of two payloads the newer one counts, whatever came first; a
/// deletion and a merge count for ever. Purchases are those of `orders/*`, each order once, without
/// what refunds gave back.
package struct CustomersProjection: Projection {
    /// What a batch adds.
    package struct Changes {
        var customers: [CustomerKey: CustomerPayload] = [:]
        var consents: [CustomerKey: MarketingConsent] = [:]
        var statedTags: [CustomerKey: StatedTags] = [:]
        var tagChanges: [CustomerTag: TagChange] = [:]
        var deleted: Set<CustomerKey> = []
        /// Who became part of whom.
        var merges: [CustomerKey: Key128] = [:]
        var purchases: [ResourceKey: PurchasePayload] = [:]
        /// By the refund's id.
        var refunds: [ResourceKey: RefundPayload] = [:]
        var deletedOrders: Set<ResourceKey> = []

        var isEmpty: Bool {
            customers.isEmpty && consents.isEmpty && deleted.isEmpty && merges.isEmpty && purchases.isEmpty
                && refunds.isEmpty && deletedOrders.isEmpty && tagChanges.isEmpty
        }
    }

    /// Name of the schema and of its file.
    package static let name = "customers"
    private let lane: Lane
    private let schema: String
    private let store: CustomerStore

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
        store = CustomerStore(lane: lane, schema: schema)
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        var changes = Changes()
        for event in batch.documented {
            guard let document = event.document else { continue }
            changes.add(event, document)
        }
        return changes
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        if !changes.isEmpty { try store.write(changes, version: version, on: connection) }
    }

    /// Leaves the person's figures under a pseudonym.
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

/// One customer of one shop.
struct CustomerKey: Hashable {
    let shop: ShopID
    let handle: Key128
}

extension CustomersProjection.Changes {
    fileprivate mutating func add(_ event: EventFacts, _ document: CommerceDocument) {
        switch document.topic {
        case "customers/create", "customers/update", "customers/enable", "customers/disable":
            guard let handle = document.customer else { return }
            let key = CustomerKey(shop: event.shop, handle: handle)
            let payload = CustomerPayload(event, document)
            if customers[key].map({ $0.version < payload.version }) ?? true { customers[key] = payload }
            addConsent(event, document, key)
            if let stated = StatedTags(document, payload.version),
                statedTags[key].map({ $0.version < stated.version }) ?? true
            {
                statedTags[key] = stated
            }
        case "customer.tags_added", "customer.tags_removed":
            for (tag, change) in TagChange.all(event, document, isAdded: document.topic == "customer.tags_added")
            where tagChanges[tag].map(change.isNewer) ?? true { tagChanges[tag] = change }
        case "customers_email_marketing_consent/update":
            guard let handle = document.customer else { return }
            addConsent(event, document, CustomerKey(shop: event.shop, handle: handle))
        case "customers/delete":
            if let handle = document.customer { deleted.insert(CustomerKey(shop: event.shop, handle: handle)) }
        case "customers/merge": addMerge(event, document)
        case "orders/delete":
            if let id = document.root["id"]?.id { deletedOrders.insert(ResourceKey(shop: event.shop, id: id)) }
        case "refunds/create":
            guard let refund = RefundPayload(event, document) else { return }
            let key = ResourceKey(shop: event.shop, id: refund.id)
            if refunds[key].map({ $0.version < refund.version }) ?? true { refunds[key] = refund }
        case "orders/edited": return
        case let topic where topic.hasPrefix("orders/"):
            guard let id = document.root["id"]?.id else { return }
            let key = ResourceKey(shop: event.shop, id: id)
            let payload = PurchasePayload(event, document)
            if purchases[key].map({ $0.version < payload.version }) ?? true { purchases[key] = payload }
        default: return
        }
    }

    private mutating func addConsent(_ event: EventFacts, _ document: CommerceDocument, _ key: CustomerKey) {
        guard let consent = MarketingConsent(event, document), consent.isNewer(than: consents[key]) else { return }
        consents[key] = consent
    }

    /// Both ids are sealed; their handles stand in the order in which the ids stand in the payload.
    private mutating func addMerge(_ event: EventFacts, _ document: CommerceDocument) {
        let handles = document.handles.filter { $0.kind == .customer }.map(\.hash)
        guard handles.count == 2, let kept = document.root["admin_graphql_api_customer_kept_id"],
            let gone = document.root["admin_graphql_api_customer_deleted_id"]
        else { return }
        let isKeptFirst = kept.offset < gone.offset
        let key = CustomerKey(shop: event.shop, handle: handles[isKeptFirst ? 1 : 0])
        let target = handles[isKeptFirst ? 0 : 1]
        // A customer becomes part of one other; should two payloads disagree, any fixed choice will do.
        merges[key] = max(merges[key] ?? target, target)
    }
}
