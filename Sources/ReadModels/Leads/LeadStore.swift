internal import EventModel
internal import Postgres

/// Reads and writes `lead`, `lead_handle` and `purchase`, inside whatever transaction the caller has. Leads are few, so
/// this is plain rather than fast.
struct LeadStore {
    private let lane: Lane
    private let sql: LeadSQL

    init(lane: Lane, schema: String) {
        self.lane = lane
        self.sql = LeadSQL(schema: schema)
    }

    /// Adds what the tables know: earlier submissions of the same people, and the orders of all their handles; also the
    /// leads that the batch's orders belong to.
    func complete(_ changes: inout LeadsProjection.Changes, on connection: PostgresConnection) throws {
        var states = changes.leads
        let wanted = Array(Set(states.keys).union(try owners(of: changes.purchases, on: connection)))
        for (key, stored) in try load(wanted, on: connection) {
            if states[key]?.merge(stored) == nil { states[key] = stored }
        }
        // Orders of this batch may belong to people whose first submission is in it too.
        changes.rows = try rows(states, changes.purchases, on: connection)
    }

    /// The rows of these leads, with the orders that are stored and these ones.
    func rows(
        _ states: [LeadKey: LeadState], _ fresh: [Purchase] = [], on connection: PostgresConnection
    ) throws -> [LeadRow] {
        var purchases: [LeadKey: Set<Purchase>] = [:]
        let handles = states.flatMap { key, state in state.handles.map { LeadKey(shop: key.shop, handle: $0) } }
        for purchase in try self.purchases(of: handles, on: connection) + fresh {
            purchases[LeadKey(shop: purchase.shop, handle: purchase.handle), default: []].insert(purchase)
        }
        return states.map { key, state in
            let mine = state.handles.flatMap { purchases[LeadKey(shop: key.shop, handle: $0)] ?? [] }
            return LeadRow(key: key, state: state, purchases: mine)
        }
    }

    private func owners(of purchases: [Purchase], on connection: PostgresConnection) throws -> [LeadKey] {
        guard !purchases.isEmpty else { return [] }
        let keys = Set(purchases.map { LeadKey(shop: $0.shop, handle: $0.handle) })
        return try connection.query(sql.owners, parameters(Array(keys))).map { row in
            let (high, low) = row.uuid(1)
            return LeadKey(shop: row.int32(0), handle: Key128(high: high, low: low))
        }
    }

    func load(_ keys: [LeadKey], on connection: PostgresConnection) throws -> [(LeadKey, LeadState)] {
        guard !keys.isEmpty else { return [] }
        return try connection.query(sql.load, parameters(keys)).map { row in
            let (high, low) = row.uuid(1)
            let key = LeadKey(shop: row.int32(0), handle: Key128(high: high, low: low))
            return (key, try LeadState(decoding: row.bytes(2)))
        }
    }

    private func purchases(of keys: [LeadKey], on connection: PostgresConnection) throws -> [Purchase] {
        guard !keys.isEmpty else { return [] }
        return try connection.query(sql.purchases, parameters(keys)).map { row in
            let (high, low) = row.uuid(1)
            return Purchase(
                shop: row.int32(0), handle: Key128(high: high, low: low), order: row.text(2), topic: row.text(3),
                at: row.timestampMillis(4))
        }
    }

    private func parameters(_ keys: [LeadKey]) -> [PostgresValue] {
        [.int2(lane), .int4Array(keys.map(\.shop)), .uuidArray(keys.map { ($0.handle.high, $0.handle.low) })]
    }

    /// Writes orders, leads and the leads' handles.
    func write(
        _ changes: LeadsProjection.Changes, version: Position, on connection: PostgresConnection
    ) throws {
        let purchases = Array(Set(changes.purchases))
        if !purchases.isEmpty {
            _ = try connection.query(
                sql.addPurchases,
                [
                    .int2(lane), .int4Array(purchases.map(\.shop)),
                    .uuidArray(purchases.map { ($0.handle.high, $0.handle.low) }), .textArray(purchases.map(\.order)),
                    .textArray(purchases.map(\.topic)), .timestampArray(purchases.map(\.at)),
                ])
        }
        guard !changes.rows.isEmpty else { return }
        try write(changes.rows, version: version, on: connection)
        let handles = changes.rows.flatMap { row in row.state.handles.map { (row.key, $0) } }
        _ = try connection.query(
            sql.addHandles,
            [
                .int2(lane), .int4Array(handles.map(\.0.shop)), .uuidArray(handles.map { ($0.1.high, $0.1.low) }),
                .uuidArray(handles.map { ($0.0.handle.high, $0.0.handle.low) }),
            ])
    }

    private func write(_ rows: [LeadRow], version: Position, on connection: PostgresConnection) throws {
        let states = rows.map(\.state)
        let ids = rows.map { SessionID.make(shop: $0.key.shop, visitor: $0.key.handle, start: Self.idSalt) }
        let consents = states.map { state in state.consent.map { $0.value ? Int32(1) : 0 } }
        _ = try connection.query(
            sql.upsert,
            [
                .int2(lane), .int8(version), .int4Array(rows.map(\.key.shop)),
                .uuidArray(rows.map { ($0.key.handle.high, $0.key.handle.low) }),
                .uuidArray(ids.map { ($0.high, $0.low) }), .timestampArray(states.map(\.first.order.time)),
                .timestampArray(states.map(\.lastSeen)), .int8Array(states.map(\.submissions)),
                .uuidArray(states.map { ($0.first.value.visitor.high, $0.first.value.visitor.low) }),
                .textArray(states.map(\.first.value.source)), .optionalInt4Array(consents),
                .optionalTimestampArray(rows.map(\.convertedAt)), .int4Array(rows.map(\.orders)),
                .int8Array(states.map(\.contact.value)), .bytesArray(states.map { $0.encoded() }),
                .boolArray(states.map(\.isByPhone)),
            ])
    }

    /// Sets ids of leads apart from ids of visits.
    private static let idSalt: Int64 = -1
}
