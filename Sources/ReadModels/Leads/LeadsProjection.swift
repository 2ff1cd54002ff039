package import EventModel
package import Postgres

/// People who left an e-mail or a phone: `leads.lead`. One lead per shop and handle (the e-mail, else the phone).
///
/// An order webhook with a handle of the lead, at or after its first submission, converts it; orders are kept by handle
/// (`leads.purchase`), since the submission may come later in the log than the order.
package struct LeadsProjection: Projection {
    /// What a batch adds.
    package struct Changes {
        var leads: [LeadKey: LeadState] = [:]
        var purchases: [Purchase] = []
        /// The rows that follow.
        var rows: [LeadRow] = []

        var isEmpty: Bool { leads.isEmpty && purchases.isEmpty }
    }

    /// Name of the schema and of its file.
    package static let name = "leads"
    /// Indexes that readers use and no fold does; a rebuild makes them when the rows are there.
    package static let readersIndexes = ["lead_recent"]

    private let lane: Lane
    private let schema: String
    private let store: LeadStore

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
        store = LeadStore(lane: lane, schema: schema)
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        var changes = Changes()
        for event in batch.events {
            guard let contact = event.contact else { continue }
            if event.traits.contains(.lead) {
                changes.add(event, contact)
            } else if !contact.order.isEmpty {
                for handle in [contact.email, contact.phone].compactMap({ $0 }) {
                    changes.purchases.append(
                        Purchase(
                            shop: event.shop, handle: handle, order: contact.order, topic: event.kind,
                            at: event.order.time))
                }
            }
        }
        if !changes.isEmpty { try store.complete(&changes, on: connection) }
        return changes
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        if !changes.isEmpty { try store.write(changes, version: version, on: connection) }
    }

    /// Makes erased leads of the person's leads, counted as before.
    package func redact(
        _ tombstone: Tombstone, version: Position, on connection: PostgresConnection
    ) throws -> Int64 {
        tombstone.scope == .shop
            ? try ShopRows.remove(tombstone.shop, lane: lane, schema: schema, on: connection)
            : try LeadErasure(lane: lane, schema: schema, store: store).redact(
                tombstone, version: version, on: connection)
    }

    /// The transaction was committed.
    package mutating func confirm(_ changes: Changes) {}
    /// Forgets what is kept in memory.
    package mutating func reset() {}
}

/// One person in one shop.
struct LeadKey: Hashable {
    let shop: ShopID
    let handle: Key128
}

/// An order as a webhook told of it.
struct Purchase: Hashable {
    let shop: ShopID
    let handle: Key128
    let order: String
    let topic: String
    let at: Int64
}

/// A lead with the orders that followed.
struct LeadRow {
    let key: LeadKey
    let state: LeadState
    /// Of the first order at or after the first submission.
    let convertedAt: Int64?
    let orders: Int32

    init(key: LeadKey, state: LeadState, purchases: some Sequence<Purchase>) {
        self.key = key
        self.state = state
        let following = purchases.filter { $0.at >= state.first.order.time }
        convertedAt = following.map(\.at).min()
        orders = Int32(clamping: Set(following.map(\.order)).count)
    }
}

extension LeadsProjection.Changes {
    fileprivate mutating func add(_ event: EventFacts, _ contact: ContactFacts) {
        guard let handle = contact.email ?? contact.phone else { return }
        let key = LeadKey(shop: event.shop, handle: handle)
        let state = LeadState(event, contact)
        if leads[key]?.merge(state) == nil { leads[key] = state }
    }
}
