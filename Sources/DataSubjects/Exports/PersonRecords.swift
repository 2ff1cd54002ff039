internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

/// What the read models hold of a person. Only ids and keyed hashes are asked for.
struct PersonRecords {
    let connection: PostgresConnection
    let shop: ShopKey

    /// A visit that holds an event of the person, or is of a browser that is nobody else's.
    struct Visit {
        let address: SessionAddress
        let endedAt: Int64
        let positions: PositionSet
        /// Something in it names the person.
        let isNamed: Bool
    }

    private var tenant: [PostgresValue] { [.int2(shop.lane), .int4(shop.shop)] }
    private static let max = Int64(ExportLimits.recordsMax)

    /// Customers by their own handles.
    func customers(_ handles: [Handle]) throws -> [CustomerRecord] {
        let hashes = handles.filter { $0.kind == .customer }.map(\.hash)
        guard !hashes.isEmpty else { return [] }
        return try connection.query(
            "\(CustomerRecord.select) WHERE r.lane = $1 AND r.shop_id = $2 AND r.handle = ANY($3) LIMIT $4",
            tenant + [Self.uuids(hashes), .int8(Self.max)]
        ).map { CustomerRecord($0) }
    }

    /// Orders by their ids, with lines, refunds and transactions; those of other customers are left out.
    func orders(_ ids: Set<Int64>, _ handles: [Handle]) throws -> [OrderRecord] {
        guard !ids.isEmpty else { return [] }
        let customers = handles.filter { $0.kind == .customer }.map(\.hash)
        var orders = try connection.query(
            """
            \(OrderRecord.select) WHERE r.lane = $1 AND r.shop_id = $2 AND r.id = ANY($3) AND NOT r.is_deleted
                AND (r.customer IS NULL OR r.customer = ANY($4) OR cardinality($4) = 0)
            ORDER BY r.id LIMIT $5
            """, tenant + [.int8Array(ids.sorted()), Self.uuids(customers), .int8(Self.max)]
        ).map { OrderRecord($0) }
        try OrderRecord.complete(&orders, shop, connection)
        return orders
    }

    /// Leads by any of the handles.
    func leads(_ handles: [Handle]) throws -> [LeadRecord] {
        let hashes = handles.filter { $0.kind == .email || $0.kind == .phone }.map(\.hash)
        guard !hashes.isEmpty else { return [] }
        let rows = try connection.query(
            """
            SELECT DISTINCT l.id FROM leads.lead l
            LEFT JOIN leads.lead_handle h ON h.lane = l.lane AND h.shop_id = l.shop_id AND h.lead = l.handle
            WHERE l.lane = $1 AND l.shop_id = $2 AND (l.handle = ANY($3) OR h.handle = ANY($3)) LIMIT $4
            """, tenant + [Self.uuids(hashes), .int8(Self.max)])
        return try rows.compactMap { row in
            let (high, low) = row.uuid(0)
            return try LeadRecord.find(shop, Key128(high: high, low: low), connection).0
        }
    }

    /// Events that name any of the handles, ascending: the first ones.
    func mentions(_ handles: [Handle]) throws -> [Position] {
        guard !handles.isEmpty else { return [] }
        return try connection.query(
            """
            SELECT DISTINCT position FROM subjects.mention
            WHERE lane = $1 AND shop_id = $2 AND handle = ANY($3) ORDER BY position LIMIT $4
            """, tenant + [Self.uuids(handles.map(\.hash)), .int8(Int64(ExportLimits.eventsMax))]
        ).map { $0.int64(0) }
    }

    /// Visits that hold one of the moments, by visitor, and before all others those; and all visits of `own` visitors.
    func visits(_ moments: [Key128: [Int64]], own: [Key128]) throws -> [Visit] {
        guard !moments.isEmpty || !own.isEmpty else { return [] }
        let rows = try connection.query(
            """
            SELECT visitor, started_at, ended_at, positions FROM sessions.session
            WHERE lane = $1 AND shop_id = $2 AND visitor = ANY($3) ORDER BY started_at
            """, tenant + [Self.uuids(Array(Set(moments.keys).union(own)))])
        let visits = try rows.compactMap { row -> Visit? in
            let (high, low) = row.uuid(0)
            let address = SessionAddress(
                visitor: Key128(high: high, low: low), startedAt: row.timestampMillis(1))
            let endedAt = row.timestampMillis(2)
            let holds = moments[address.visitor]?.contains { (address.startedAt...endedAt).contains($0) } ?? false
            guard holds || own.contains(address.visitor) else { return nil }
            return Visit(
                address: address, endedAt: endedAt, positions: try PositionSet(decoding: row.bytes(3)), isNamed: holds)
        }
        return Array((visits.filter(\.isNamed) + visits.filter { !$0.isNamed }).prefix(ExportLimits.recordsMax))
    }

    /// A visit as its page shows it.
    func session(_ visit: Visit) throws -> SessionRecord? {
        try SessionRecord.find(shop, visit.address, connection).0
    }

    private static func uuids(_ hashes: [Key128]) -> PostgresValue { .uuidArray(hashes.map { ($0.high, $0.low) }) }
}
