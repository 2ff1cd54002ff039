internal import EventModel
internal import Postgres
internal import Privacy

/// Takes the keys away that entries of the journal had destroyed.
enum ErasedKeys {
    /// Deletes them and, of shops, their tokens; the deleted keys' ids in order, each by the first entry that destroyed it.
    /// A second time nothing is left to do. Of all persons in one statement, which may run before there are indexes.
    static func destroy(
        _ entries: [ErasureEntry], on connection: PostgresConnection
    ) throws -> [ErasureEntry.Place: [Key128]] {
        var deleted: [ErasureEntry.Place: [Key128]] = [:]
        let owned = entries.enumerated().flatMap { number, entry in
            (entry.handles + entry.unlinked).map { (number: Int32(number), entry: entry, handle: $0) }
        }
        let (kinds, hashes) = Handle.columns(owned.map(\.handle))
        let parameters: [PostgresValue] = [
            .int2Array(owned.map(\.entry.lane)), .int4Array(owned.map(\.entry.shop)), .int2Array(kinds),
            .uuidArray(hashes), .int4Array(owned.map(\.number)),
        ]
        for row in try connection.query(SQL.persons, parameters) {
            let place = entries[Int(row.int32(0))].place
            deleted[place, default: []].append(Key128(high: row.uuid(1).0, low: row.uuid(1).1))
        }
        for entry in entries where entry.scope == .shop {
            _ = try connection.query("delete from shopify.token where shop_id = $1", [.int4(entry.shop)])
            for row in try connection.query(SQL.shop, [.int4(entry.shop)]) {
                deleted[entry.place, default: []].append(Key128(high: row.uuid(0).0, low: row.uuid(0).1))
            }
        }
        return deleted.mapValues { $0.sorted() }
    }

    private enum SQL {
        static let persons = """
            delete from registry.subject_key k using (
                select lane, shop_id, kind, handle, min(number) as number
                from unnest($1::int2[], $2::int4[], $3::int2[], $4::uuid[], $5::int4[])
                    h (lane, shop_id, kind, handle, number)
                group by 1, 2, 3, 4) h
            where k.lane = h.lane and k.shop_id = h.shop_id and k.handle = h.handle and k.handle_kind = h.kind
            returning h.number, k.key_id
            """
        static let shop = "delete from registry.subject_key where shop_id = $1 returning key_id"
    }
}

/// Entries of the journal that a backup has itself. Their keys were gone when it was made, so that what is under a handle
/// without a fence came afterwards, and is nobody's who was forgotten.
struct KnownErasures: Sendable {
    private struct Row: Hashable {
        let place: ErasureEntry.Place
        let handles: [UInt8]
        let unlinked: [UInt8]
    }

    private let rows: Set<Row>

    /// Reads those of a database that nothing was added to yet.
    init(_ connection: PostgresConnection) throws {
        rows = Set(
            try connection.query("select request, sequence, handles, unlinked from privacy.erasure").map { row in
                let request = Key128(high: row.uuid(0).0, low: row.uuid(0).1)
                return Row(
                    place: ErasureEntry.Place(request: request, sequence: row.int32(1)), handles: row.bytes(2),
                    unlinked: row.bytes(3))
            })
    }

    /// The backup has it, word for word.
    func contains(_ entry: ErasureEntry) -> Bool {
        rows.contains(
            Row(place: entry.place, handles: Handle.packed(entry.handles), unlinked: Handle.packed(entry.unlinked)))
    }

    /// What of the entry is to be carried out again: of one that the backup has, nothing but what is fenced.
    func rest(of entry: ErasureEntry) -> ErasureEntry {
        guard entry.scope == .person, contains(entry) else { return entry }
        return ErasureEntry(
            request: entry.request, sequence: entry.sequence, lane: entry.lane, shop: entry.shop,
            handles: entry.handles, unlinked: [], atMillis: entry.atMillis)
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
