internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy

/// What an erasure makes of an order. It stands for ever: what comes later in the log, of which a fenced event says
/// nothing personal any more, neither brings the person back nor makes a guest of the customer.
struct OrderErasure: Equatable {
    /// Stands for the customer, so that the customer's orders stay together; nil where the customer was not erased.
    var customer: Key128?
    /// The order itself was erased: no contact, no tags.
    var isOrder = false

    /// The snapshot without what was erased, and in any case without the link to a browser and the people's part of its
    /// version.
    func applied(to snapshot: OrderSnapshot) -> OrderSnapshot {
        var shown = snapshot
        shown.version = snapshot.version.ofNobody
        if let customer { shown.customer = customer }
        shown.client = nil
        guard isOrder else { return shown }
        shown.email = nil
        shown.phone = nil
        shown.tags = []
        return shown
    }
}

extension OrderState {
    /// Takes out what the tombstone names.
    mutating func redact(_ tombstone: Tombstone) {
        var erasure = self.erasure ?? OrderErasure()
        if let customer = snapshot?.customer, tombstone.hashes(.customer).contains(customer) {
            erasure.customer = tombstone.pseudonym(of: Handle(kind: .customer, hash: customer))
        }
        if let own = handle, tombstone.hashes(.order).contains(own) {
            erasure.isOrder = true
            handle = nil
        }
        if let email = snapshot?.email, tombstone.hashes(.email).contains(email) { snapshot?.email = nil }
        if let phone = snapshot?.phone, tombstone.hashes(.phone).contains(phone) { snapshot?.phone = nil }
        self.erasure = erasure
        snapshot = snapshot.map(erasure.applied)
    }
}

extension OrderStore {
    /// Orders changed with one statement; what hangs on each of them is written anew.
    private static let redactedMax = 500

    /// The orders that show a handle of the tombstone.
    func orders(of tombstone: Tombstone, on connection: PostgresConnection) throws -> [OrderID] {
        let kinds: [[Key128]] = [
            tombstone.hashes(.customer), tombstone.hashes(.email), tombstone.hashes(.phone), tombstone.hashes(.order),
            tombstone.hashes(.client),
        ]
        return try connection.query(
            sql.owned, [.int2(lane), .int4(tombstone.shop)] + kinds.map { .uuidArray($0.uuids) }
        ).map { OrderID(shop: tombstone.shop, order: $0.int64(0)) }
    }

    func redact(_ tombstone: Tombstone, version: Position, on connection: PostgresConnection) throws -> Int64 {
        let all = try orders(of: tombstone, on: connection)
        for start in stride(from: 0, to: all.count, by: Self.redactedMax) {
            let ids = Array(all[start..<min(all.count, start + Self.redactedMax)])
            var states = try load(ids, on: connection)
            for id in ids { states[id]?.redact(tombstone) }
            try write(
                OrdersProjection.Changes(orders: states, known: Set(ids)), version: version, on: connection)
        }
        return Int64(all.count)
    }
}
