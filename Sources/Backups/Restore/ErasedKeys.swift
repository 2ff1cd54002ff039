internal import EventModel
internal import Postgres
internal import Privacy

/// Takes the keys away that an entry of the journal had destroyed.
enum ErasedKeys {
    /// Deletes them and, of a shop, its tokens; the deleted keys' ids, in order. A second time nothing is left to do.
    static func destroy(_ entry: ErasureEntry, on connection: PostgresConnection) throws -> [Key128] {
        let rows: [PostgresRow]
        switch entry.scope {
        case .person:
            let (kinds, hashes) = Handle.columns(entry.handles + entry.unlinked)
            rows = try connection.query(
                SQL.person, [.int2(entry.lane), .int4(entry.shop), .int2Array(kinds), .uuidArray(hashes)]
            ).map(\.self)
        case .shop:
            _ = try connection.query("delete from shopify.token where shop_id = $1", [.int4(entry.shop)])
            rows = try connection.query(SQL.shop, [.int4(entry.shop)]).map(\.self)
        }
        return rows.map { Key128(high: $0.uuid(0).0, low: $0.uuid(0).1) }.sorted()
    }

    private enum SQL {
        static let person = """
            delete from registry.subject_key k using unnest($3::int2[], $4::uuid[]) h (kind, handle)
            where k.lane = $1 and k.shop_id = $2 and k.handle = h.handle and k.handle_kind = h.kind
            returning k.key_id
            """
        static let shop = "delete from registry.subject_key where shop_id = $1 returning key_id"
    }
}

extension ErasureEntry {
    /// Which tombstone of which request it is.
    struct Place: Hashable, Sendable {
        let request: Key128
        let sequence: Int32
    }

    var place: Place { Place(request: request, sequence: sequence) }
}
