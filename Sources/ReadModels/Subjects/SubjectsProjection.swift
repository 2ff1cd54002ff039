package import EventModel
internal import Pipelines
package import Postgres
internal import Privacy

/// Who is named where, as `NamedEvent` says: `subjects.mention`, a row for each handle of each sealed event. An erasure
/// finds by it what it has to erase, and an access request what it has to hand out. Events without sealed fields leave
/// nothing here, nor do the requests of data subjects that Shopify sends: whoever works on one reads it by its place, and
/// what is in it is no more than who asked.
package struct SubjectsProjection: Projection {
    /// What a batch adds.
    package struct Changes {
        var shops: [ShopID] = []
        var handles: [(UInt64, UInt64)] = []
        var kinds: [Int16] = []
        var positions: [Position] = []
    }

    /// Name of the schema and of its file.
    package static let name = "subjects"
    /// The head of what was sealed can be read where the payload cannot.
    package static let waits = false
    private let lane: Lane
    private let schema: String

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
    }

    private var insert: String {
        """
        insert into \(schema).mention (lane, shop_id, handle, kind, position)
        select $1, * from unnest($2::int4[], $3::uuid[], $4::int2[], $5::int8[]) on conflict do nothing
        """
    }

    private var forget: String {
        let named = "m.lane = $1 and m.shop_id = $2 and m.handle = any($3::uuid[])"
        let isKept = KeptOrders.condition("m", of: "\(schema).mention", isGone: "in (select unnest($3::uuid[]))")
        return """
            with gone as (
                delete from \(schema).mention m where \(named) and not \(isKept) returning m.position, m.kind),
            left_there as (
                update \(schema).mention m set is_left = true where \(named) and not m.is_left and \(isKept))
            select count(*), coalesce(array_agg(distinct position) filter (where kind = \(HandleKind.order.rawValue)), '{}')
            from gone
            """
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        var changes = Changes()
        let naming = batch.naming
        let fenced = try fencedCheckouts(in: naming, on: connection)
        for event in naming where !Self.isRequest(event) {
            let handles = Self.isOfAnother(event) ? event.handles.filter { !fenced.contains($0.hash) } : event.handles
            changes.add(event.shop, event.position, handles)
        }
        for event in batch.failures { changes.add(event.shop, event.position, event.handles) }
        return changes
    }

    /// A checkout goes on under another's name after who began it was erased: the fence lets that pass, and it is nothing of
    /// the erased person's.
    private static func isOfAnother(_ event: EventFacts) -> Bool {
        event.handles.contains { [.customer, .email, .phone].contains($0.kind) }
            && !event.handles.contains { $0.kind == .order }
    }

    private func fencedCheckouts(in naming: [EventFacts], on connection: PostgresConnection) throws -> Set<Key128> {
        var named: [(shop: ShopID, hash: Key128)] = []
        for event in naming where Self.isOfAnother(event) {
            for handle in event.handles where handle.kind == .checkout { named.append((event.shop, handle.hash)) }
        }
        guard !named.isEmpty else { return [] }
        let parameters: [PostgresValue] = [
            .int2(lane), .int4Array(named.map(\.shop)), .uuidArray(named.map(\.hash).uuids),
        ]
        return Set(
            try connection.query(Self.fenced, parameters).map { row in
                let (high, low) = row.uuid(0)
                return Key128(high: high, low: low)
            })
    }

    private static let fenced = """
        select f.handle from unnest($2::int4[], $3::uuid[]) as w (shop_id, handle)
        join privacy.fence f on f.lane = $1 and f.shop_id = w.shop_id and f.handle = w.handle
        """

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        guard !changes.shops.isEmpty else { return }
        _ = try connection.query(
            insert,
            [
                .int2(lane), .int4Array(changes.shops), .uuidArray(changes.handles), .int2Array(changes.kinds),
                .int8Array(changes.positions),
            ])
    }

    /// Source: shopify.dev, privacy law compliance. `shop/redact` names nobody.
    private static let requests: Set<String> = ["customers/data_request", "customers/redact"]

    /// Their handles stand in the log also after an erasure, which must find nothing here. Events of other sources may
    /// have any name.
    private static func isRequest(_ event: EventFacts) -> Bool {
        (event.source == .webhook || event.source == .history) && requests.contains(event.kind)
    }

    /// Forgets where the person was named, but for events of orders that are kept: these can be opened still, and the
    /// person finds them by who is named there. With an order everybody goes whom an earlier tombstone has left there; by a
    /// mark, because the fence is not the log's, and whoever folds it later finds another one.
    package func redact(
        _ tombstone: Tombstone, version: Position, on connection: PostgresConnection
    ) throws -> Int64 {
        guard tombstone.scope != .shop else {
            return try ShopRows.remove(tombstone.shop, lane: lane, schema: schema, on: connection)
        }
        try takeStatistics(on: connection)
        let hashes = tombstone.handles.map(\.hash).uuids
        let gone = try connection.query(forget, [.int2(lane), .int4(tombstone.shop), .uuidArray(hashes)])[0]
        return try gone.int64(0)
            + KeptOrders.release(gone.int64Array(1), shop: tombstone.shop, lane: lane, schema: schema, on: connection)
    }

    /// What was planned when the table was small looks a person's events up in the wrong index, and goes through all of the
    /// shop for each: of a copy that is being filled nobody else takes statistics. Once for each doubling, so all of them
    /// together cost little; a table whose statistics are kept up is left alone.
    private func takeStatistics(on connection: PostgresConnection) throws {
        let table = "\(schema).mention"
        let row = try connection.query(Self.growth, [.text(table)])[0]
        if row.bool(0) { try connection.execute("analyze (skip_locked) \(table)") }
    }

    private static let growth = """
        select pg_relation_size(oid) > 2 * relpages::int8 * current_setting('block_size')::int8
        from pg_class where oid = $1::text::regclass
        """

    /// The transaction was committed.
    package mutating func confirm(_ changes: Changes) {}
    /// Forgets what is kept in memory.
    package mutating func reset() {}
}

extension SubjectsProjection.Changes {
    fileprivate mutating func add(_ shop: ShopID, _ position: Position, _ named: [Handle]) {
        // An event's own handle leads to itself only.
        for handle in named where handle.kind != .event {
            shops.append(shop)
            handles.append((handle.hash.high, handle.hash.low))
            kinds.append(Int16(handle.kind.rawValue))
            positions.append(position)
        }
    }
}
