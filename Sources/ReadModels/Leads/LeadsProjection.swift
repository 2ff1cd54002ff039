package import EventModel
package import Postgres

/// People who left an e-mail or a phone: `leads.lead`, one per shop and handle. Submissions that share a handle are one
/// person's, also where only a later one shows it: the lead is then the earliest one's.
///
/// Which order is whose is kept by handle (`leads.purchase`). Whether it converts a lead follows from its time and its
/// state in `orders`, so `LeadOrders` asks for it when a lead is read, and arrival plays no part.
package struct LeadsProjection: Projection {
    /// What a batch adds.
    package struct Changes {
        var submissions: [(shop: ShopID, state: LeadState)] = []
        var purchases: Set<Purchase> = []
        /// The leads that follow.
        var leads: [LeadKey: LeadState] = [:]
        /// Leads that became part of those.
        var merged: [LeadKey] = []
        /// By which lead the stored handles of all of them are known already.
        var known: [LeadKey: Key128] = [:]
    }

    /// Name of the schema and of its file.
    package static let name = "leads"
    /// Indexes that readers use and no fold does; a rebuild makes them when the rows are there.
    package static let readersIndexes = ["lead_recent", "lead_version", "lead_handle_lead"]

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
        // Looked at in place: an event is large to copy.
        let events = batch.events.span
        for index in events.indices {
            if let contact = events[index].contact, let state = LeadState(events[index], contact) {
                changes.submissions.append((events[index].shop, state))
            } else if let document = events[index].document, let order = OrderReader.orderID(events[index]) {
                for handle in [document.email, document.phone].compactMap({ $0 }) {
                    changes.purchases.insert(
                        Purchase(shop: events[index].shop, handle: handle, order: order.order))
                }
            }
        }
        if !changes.submissions.isEmpty { try store.complete(&changes, on: connection) }
        return changes
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        try store.write(changes, version: version, on: connection)
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

/// One handle in one shop.
struct LeadKey: Hashable {
    let shop: ShopID
    let handle: Key128
}

/// A payload named the handle as the order's.
struct Purchase: Hashable {
    let shop: ShopID
    let handle: Key128
    let order: Int64
}
