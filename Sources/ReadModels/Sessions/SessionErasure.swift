internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy

/// Unlinks visits from a person: a visitor that is a handle of the person (a customer without a client id, or a browser
/// that nobody else used) gets a pseudonym, all visits of one visitor the same one. What was counted stays; who comes
/// again with that browser comes for the first time. A customer whom visits name gets a pseudonym in the same way.
struct SessionErasure {
    let lane: Lane
    let schema: String

    /// Gives the people in a column, `visitor` or `customer`, their pseudonyms.
    private func rename(_ column: String) -> String {
        """
        with changed as (
            update \(schema).session s set \(column) = w.pseudonym, version = $3
            from unnest($4::uuid[], $5::uuid[]) as w (person, pseudonym)
            where s.lane = $1 and s.shop_id = $2 and s.\(column) = w.person returning 1)
        select count(*) from changed
        """
    }

    /// What readers were told of the old name.
    private var forget: String {
        "delete from \(schema).session_removed where lane = $1 and shop_id = $2 and visitor = any($3::uuid[])"
    }

    /// Readers of the shop begin anew, because nothing tells them which row another one was.
    private var trim: String {
        """
        insert into \(schema).session_trimmed as t (lane, shop_id, version) values ($1, $2, $3)
        on conflict (lane, shop_id) do update set version = greatest(t.version, excluded.version)
        """
    }

    func redact(_ tombstone: Tombstone, version: Position, on connection: PostgresConnection) throws -> Int64 {
        let rows =
            tombstone.scope == .shop
            ? try ShopRows.remove(tombstone.shop, lane: lane, schema: schema, on: connection)
            : try unlink(tombstone, version, connection)
        guard rows > 0 else { return 0 }
        _ = try connection.query(trim, [.int2(lane), .int4(tombstone.shop), .int8(version)])
        return rows
    }

    private func unlink(
        _ tombstone: Tombstone, _ version: Position, _ connection: PostgresConnection
    ) throws -> Int64 {
        let shop: [PostgresValue] = [.int2(lane), .int4(tombstone.shop)]
        let named = tombstone.handles.filter { $0.kind == .customer || $0.kind == .client }
        guard !named.isEmpty else { return 0 }
        _ = try connection.query(forget, shop + [.uuidArray(named.map(\.hash).uuids)])
        let known = try present(named.map(\.hash), shop, connection)
        let visitors = named.filter { known.contains($0.hash) }
        guard !visitors.isEmpty else { return 0 }
        let pseudonyms = try visitors.map { try unused(tombstone, $0, shop, connection) }
        return try ["visitor", "customer"].reduce(0) { rows, column in
            let changed = try connection.query(
                rename(column),
                shop + [.int8(version), .uuidArray(visitors.map(\.hash).uuids), .uuidArray(pseudonyms.uuids)])
            return rows + changed[0].int64(0)
        }
    }

    private func present(
        _ visitors: [Key128], _ shop: [PostgresValue], _ connection: PostgresConnection
    ) throws -> Set<Key128> {
        let sql = """
            select visitor from \(schema).session where lane = $1 and shop_id = $2 and visitor = any($3)
            union select customer from \(schema).session where lane = $1 and shop_id = $2 and customer = any($3)
            """
        return Set(
            try connection.query(sql, shop + [.uuidArray(visitors.uuids)]).map { row in
                let (high, low) = row.uuid(0)
                return Key128(high: high, low: low)
            })
    }

    /// A pseudonym under which nobody is known: visits that came between two tombstones are another visitor's than those
    /// before, and stay so.
    private func unused(
        _ tombstone: Tombstone, _ handle: Handle, _ shop: [PostgresValue], _ connection: PostgresConnection
    ) throws -> Key128 {
        var name = tombstone.pseudonym(of: handle)
        while try !present([name], shop, connection).isEmpty {
            name = tombstone.pseudonym(of: Handle(kind: handle.kind, hash: name))
        }
        return name
    }
}
