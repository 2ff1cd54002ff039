internal import EventModel
internal import Pipelines
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

    /// Brings the submissions together with the stored leads that share a handle with them.
    func complete(_ changes: inout LeadsProjection.Changes, on connection: PostgresConnection) throws {
        let handles = changes.submissions.flatMap { shop, state in
            state.handles.map { LeadKey(shop: shop, handle: $0) }
        }
        let stored = try leads(of: handles, on: connection)
        var groups = LeadGroups()
        for (key, state) in stored { groups.add(state, of: key.shop) }
        for (shop, state) in changes.submissions { groups.add(submission: state, of: shop) }
        changes.leads = groups.leads
        changes.merged = stored.map(\.0).filter { changes.leads[$0] == nil }
        for (key, state) in stored {
            for handle in state.handles { changes.known[LeadKey(shop: key.shop, handle: handle)] = key.handle }
        }
    }

    /// The leads that these handles belong to.
    func leads(of handles: [LeadKey], on connection: PostgresConnection) throws -> [(LeadKey, LeadState)] {
        let owners = try connection.query(sql.owners, parameters(Array(Set(handles)))).map { row in
            LeadKey(shop: row.int32(0), handle: Self.key(row.uuid(1)))
        }
        guard !owners.isEmpty else { return [] }
        return try connection.query(sql.load, parameters(owners)).map { row in
            let key = LeadKey(shop: row.int32(0), handle: Self.key(row.uuid(1)))
            return (key, try LeadState(decoding: row.bytes(2)))
        }
    }

    private static func key(_ words: (UInt64, UInt64)) -> Key128 { Key128(high: words.0, low: words.1) }

    private func parameters(_ keys: [LeadKey]) -> [PostgresValue] {
        [.int2(lane), .int4Array(keys.map(\.shop)), .uuidArray(keys.map(\.handle).uuids)]
    }

    /// Writes orders, leads and those of the leads' handles that are new, and takes away what was merged.
    func write(_ changes: LeadsProjection.Changes, version: Position, on connection: PostgresConnection) throws {
        if !changes.purchases.isEmpty {
            let purchases = Array(changes.purchases)
            let keys = purchases.map { LeadKey(shop: $0.shop, handle: $0.handle) }
            _ = try connection.query(sql.addPurchases, parameters(keys) + [.int8Array(purchases.map(\.order))])
        }
        if !changes.merged.isEmpty { _ = try connection.query(sql.remove, parameters(changes.merged)) }
        guard !changes.leads.isEmpty else { return }
        try upsert(changes.leads, version: version, on: connection)
        let handles = changes.leads.flatMap { key, state in
            state.handles.map { (LeadKey(shop: key.shop, handle: $0), key.handle) }
        }.filter { changes.known[$0] != $1 }
        guard !handles.isEmpty else { return }
        _ = try connection.query(
            sql.addHandles, parameters(handles.map(\.0)) + [.uuidArray(handles.map(\.1).uuids)])
    }

    private func upsert(
        _ leads: [LeadKey: LeadState], version: Position, on connection: PostgresConnection
    ) throws {
        let (keys, states) = (Array(leads.keys), Array(leads.values))
        let ids = keys.map { SessionID.make(shop: $0.shop, visitor: $0.handle, start: Self.idSalt) }
        let origins = states.map(\.first.value)
        let consents = states.map { state in state.consent.map { $0.value ? Int32(1) : 0 } }
        let positions = LeadPart.allCases.map { part in PostgresValue.int8Array(states.map { $0.position(of: part) }) }
        _ = try connection.query(
            sql.upsert,
            [
                .int2(lane), .int8(version), .int4Array(keys.map(\.shop)), .uuidArray(keys.map(\.handle).uuids),
                .int2Array(origins.map { Int16(($0.isPhone ? HandleKind.phone : .email).rawValue) }),
                .uuidArray(ids.uuids), .timestampArray(states.map(\.first.order.time)),
                .timestampArray(states.map(\.lastSeen)), .int8Array(states.map(\.submissions)),
                .textArray(states.map { $0.isErased ? "erased" : "new" }),
                .uuidArray(origins.map(\.visitor).uuids), .textArray(origins.map(\.source)),
                .optionalInt4Array(consents),
            ] + positions + [.bytesArray(states.map { $0.encoded() })])
    }

    /// Sets ids of leads apart from ids of visits.
    private static let idSalt: Int64 = -1
}
