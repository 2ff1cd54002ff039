internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy

/// Makes erased leads of a person's leads. Every handle of the tombstone gets its pseudonym in all tables, so that
/// orders, conversions and counts stay what they were; a lead that is unlinked from its visit is still counted there.
struct LeadErasure {
    let lane: Lane
    let schema: String
    let store: LeadStore

    private static let renamed = "unnest($3::uuid[], $4::uuid[]) as w (name, pseudonym)"

    /// Handles by which the leads are found that one of the visitors `$3` has left.
    private var leftBy: String {
        "select handle from \(schema).lead where lane = $1 and shop_id = $2 and visitor = any($3::uuid[])"
    }

    private func remove(_ table: String) -> String {
        "delete from \(schema).\(table) where lane = $1 and shop_id = $2 and handle = any($3::uuid[])"
    }

    private var purchases: [String] {
        [
            """
            insert into \(schema).purchase (lane, shop_id, handle, order_id)
            select p.lane, p.shop_id, w.pseudonym, p.order_id from \(Self.renamed)
            join \(schema).purchase p on p.lane = $1 and p.shop_id = $2 and p.handle = w.name on conflict do nothing
            """,
            """
            delete from \(schema).purchase p using \(Self.renamed)
            where p.lane = $1 and p.shop_id = $2 and p.handle = w.name
            """,
        ]
    }

    /// What earlier erasures have unlinked goes with its visit.
    private var renameUnlinked: String {
        """
        update \(schema).unlinked u set visitor = w.pseudonym from \(Self.renamed)
        where u.lane = $1 and u.shop_id = $2 and u.visitor = w.name
        """
    }

    private var addUnlinked: String {
        """
        insert into \(schema).unlinked as u (lane, shop_id, visitor, at, leads)
        select $1, $2, n.visitor, n.at, count(*) from unnest($3::uuid[], $4::timestamptz[]) as n (visitor, at)
        group by n.visitor, n.at
        on conflict (lane, shop_id, visitor, at) do update set leads = u.leads + excluded.leads
        """
    }

    func redact(_ tombstone: Tombstone, version: Position, on connection: PostgresConnection) throws -> Int64 {
        let shop: [PostgresValue] = [.int2(lane), .int4(tombstone.shop)]
        let handles = Self.names(tombstone, [.email, .phone])
        let visitors = Self.names(tombstone, [.client, .customer])
        let found = try concerned(Array(handles.keys), Array(visitors.keys), tombstone.shop, on: connection)
        let old: [PostgresValue] = [.uuidArray(Array(handles.keys).uuids), .uuidArray(Array(handles.values).uuids)]
        for statement in purchases { _ = try connection.query(statement, shop + old) }
        let browsers: [PostgresValue] = [
            .uuidArray(Array(visitors.keys).uuids), .uuidArray(Array(visitors.values).uuids),
        ]
        _ = try connection.query(renameUnlinked, shop + browsers)

        var groups = LeadGroups()
        var unlinked: [(visitor: Key128, at: Int64)] = []
        for (_, stored) in found {
            let state = Self.redacted(stored, handles, visitors)
            let visitor = stored.first.value.visitor
            if state.first.value.visitor != visitor {
                unlinked.append((visitors[visitor] ?? visitor, stored.first.order.time))
            }
            groups.add(state, of: tombstone.shop)
        }
        // Of a tombstone that is applied again.
        let before = try store.leads(
            of: handles.values.map { LeadKey(shop: tombstone.shop, handle: $0) }, on: connection)
        for (key, state) in before where !found.contains(where: { $0.0 == key }) {
            groups.add(state, of: tombstone.shop)
        }
        _ = try connection.query(
            addUnlinked, shop + [.uuidArray(unlinked.map(\.visitor).uuids), .timestampArray(unlinked.map(\.at))])
        let names: PostgresValue = .uuidArray((found + before).map(\.0.handle).uuids)
        _ = try connection.query(remove("lead"), shop + [names])
        _ = try connection.query(remove("lead_handle"), shop + [old[0]])
        var changes = LeadsProjection.Changes()
        changes.leads = groups.leads
        try store.write(changes, version: version, on: connection)
        return Int64(found.count)
    }

    /// A lead known by another handle belongs to somebody else too; it stays, without the handles and the browser of the
    /// person.
    private static func redacted(
        _ stored: LeadState, _ handles: [Key128: Key128], _ visitors: [Key128: Key128]
    ) -> LeadState {
        var state = stored
        let isErased = handles[stored.first.value.handle] != nil
        state.rename(handles)
        if isErased { state.erase() }
        if isErased || visitors[stored.first.value.visitor] != nil { state.unlink() }
        return state
    }

    private static func names(_ tombstone: Tombstone, _ kinds: Set<HandleKind>) -> [Key128: Key128] {
        let handles = tombstone.handles.filter { kinds.contains($0.kind) }
        return Dictionary(
            handles.map { ($0.hash, tombstone.pseudonym(of: $0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// The leads that one of the handles belongs to, and those that one of the visitors has left.
    private func concerned(
        _ handles: [Key128], _ visitors: [Key128], _ shop: ShopID, on connection: PostgresConnection
    ) throws -> [(LeadKey, LeadState)] {
        let left = try connection.query(leftBy, [.int2(lane), .int4(shop), .uuidArray(visitors.uuids)]).map { row in
            let (high, low) = row.uuid(0)
            return Key128(high: high, low: low)
        }
        return try store.leads(of: (handles + left).map { LeadKey(shop: shop, handle: $0) }, on: connection)
    }
}
