internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy

/// Makes erased leads of a person's leads. Every handle of the tombstone gets its pseudonym in all three tables, so that
/// orders, conversions and counts stay what they were.
struct LeadErasure {
    let lane: Lane
    let schema: String
    let store: LeadStore

    private static let renamed = "unnest($3::uuid[], $4::uuid[]) as w (handle, pseudonym)"

    /// The leads that one of the handles `$3` belongs to, those that have one of them as their name, and those that one of
    /// the visitors `$4` has left.
    private var concerned: String {
        """
        select l.handle, l.state from \(schema).lead l where l.lane = $1 and l.shop_id = $2 and l.handle in (
            select h.lead from \(schema).lead_handle h
            where h.lane = $1 and h.shop_id = $2 and h.handle = any($3::uuid[])
            union select unnest($3::uuid[])
            union select v.handle from \(schema).lead v
            where v.lane = $1 and v.shop_id = $2 and v.visitor = any($4::uuid[]))
        """
    }

    private var removeLeads: String {
        "delete from \(schema).lead where lane = $1 and shop_id = $2 and handle = any($3::uuid[])"
    }

    /// Of the leads' handles `$4`.
    private var removeHandles: String {
        """
        delete from \(schema).lead_handle where lane = $1 and shop_id = $2 and handle = any($4::uuid[])
            and (handle = any($3::uuid[]) or lead = any($3::uuid[]))
        """
    }

    private var purchases: [String] {
        [
            """
            insert into \(schema).purchase (lane, shop_id, handle, order_id, topic, at)
            select p.lane, p.shop_id, w.pseudonym, p.order_id, p.topic, p.at from \(Self.renamed)
            join \(schema).purchase p on p.lane = $1 and p.shop_id = $2 and p.handle = w.handle on conflict do nothing
            """,
            """
            delete from \(schema).purchase p using \(Self.renamed)
            where p.lane = $1 and p.shop_id = $2 and p.handle = w.handle
            """,
        ]
    }

    private var mark: String {
        """
        update \(schema).lead set status = 'erased' where lane = $1 and shop_id = $2 and handle = any($3::uuid[])
        """
    }

    func redact(_ tombstone: Tombstone, version: Position, on connection: PostgresConnection) throws -> Int64 {
        let handles = tombstone.handles.filter { $0.kind == .email || $0.kind == .phone }
        let visitors = tombstone.hashes(.client, .customer)
        let names = Dictionary(
            handles.map { ($0.hash, tombstone.pseudonym(of: $0)) }, uniquingKeysWith: { first, _ in first })
        let shop: [PostgresValue] = [.int2(lane), .int4(tombstone.shop)]
        let (old, new): (PostgresValue, PostgresValue) = (
            .uuidArray(names.map(\.key).uuids), .uuidArray(names.map(\.value).uuids)
        )
        let found = try connection.query(concerned, shop + [old, .uuidArray(visitors.uuids)])
        var states: [LeadKey: LeadState] = [:]
        var all = Set(names.keys)
        for row in found {
            let (high, low) = row.uuid(0)
            let name = Key128(high: high, low: low)
            let state = try LeadState(decoding: row.bytes(1))
            all.formUnion(state.handles)
            let key = LeadKey(shop: tombstone.shop, handle: names[name] ?? name)
            states[key] = Self.redacted(state, isErased: names[name] != nil, names, Set(visitors))
        }
        for statement in purchases { _ = try connection.query(statement, shop + [old, new]) }
        _ = try connection.query(removeLeads, shop + [old])
        _ = try connection.query(removeHandles, shop + [old, .uuidArray(Array(all).uuids)])
        let pseudonyms = Set(names.values)
        let known = states.keys.filter { pseudonyms.contains($0.handle) }
        for (key, stored) in try store.load(known, on: connection) { states[key]?.merge(stored) }
        var changes = LeadsProjection.Changes()
        changes.rows = try store.rows(states, on: connection)
        try store.write(changes, version: version, on: connection)
        _ = try connection.query(mark, shop + [new])
        return Int64(found.count)
    }

    /// A lead known by another handle belongs to somebody else, or to nobody who was found; it stays, without the handles
    /// and the browser of the person.
    private static func redacted(
        _ state: LeadState, isErased: Bool, _ names: [Key128: Key128], _ visitors: Set<Key128>
    ) -> LeadState {
        var state = state
        state.rename(names)
        if isErased { state.forgetContact() }
        if isErased || visitors.contains(state.first.value.visitor) { state.unlink() }
        return state
    }
}
