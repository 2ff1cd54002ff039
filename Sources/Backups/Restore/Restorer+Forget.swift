internal import Cryptography
internal import EventModel
package import Postgres
package import Privacy

extension Restorer {
    /// What of a journal a restored database did not know.
    package struct Forgotten: Sendable {
        /// Entries of shops that it has, all carried out again: what of them was to be.
        package let entries: [ErasureEntry]
        /// Those of them that the backup does not have; the caller records their tombstones in its log.
        package let unrecorded: [ErasureEntry]
        /// Entries of shops that the backup has never heard of.
        package let foreignCount: Int
        /// Requests that the backup has in the middle: what came behind their tombstones stands in the read models until
        /// the protocol, which goes on as soon as it runs, has found by it what else there is.
        let underWay: Set<Key128>

        /// Nothing was forgotten.
        package static let none = Forgotten(entries: [], unrecorded: [], foreignCount: 0, underWay: [])
    }

    /// More than any wrapped key has.
    private static let randomBytes = 256

    /// Carries every erasure of the journal out again, a transaction each: fences, and the end of keys. Requests that the
    /// backup does not have are written down as they stood after that step, so that the protocol goes on with the rest
    /// (quarantine, tasks, search, receipt) as soon as it runs. Where the backup is from the middle of one it is looked
    /// again what belongs to the person (`LateTrace`): the read models have taken in the whole log by then.
    package func forget(
        _ entries: [ErasureEntry], _ loaded: Loaded, on connection: PostgresConnection
    ) throws -> Forgotten {
        let shops = Set(try connection.query("select id from registry.shop").map { $0.int32(0) })
        let ours = entries.filter { shops.contains($0.shop) }
        let rests = ours.map(loaded.known.rest(of:))
        // A backup of the time between a second grant of a key that an erasure had destroyed and that erasure's next look.
        _ = try connection.query(
            """
            delete from registry.subject_key k using privacy.round r, unnest(r.key_ids) d (key_id)
            where k.key_id = d.key_id
            """)
        let open = Set(
            try connection.query("select id from privacy.request where state not in ('done', 'refused')").map {
                Key128(high: $0.uuid(0).0, low: $0.uuid(0).1)
            })
        let lateTrace = try LateTrace(connection)
        var unrecorded: [ErasureEntry] = []
        for (entry, rest) in zip(ours, rests) where try replay(entry, rest, loaded, connection) {
            unrecorded.append(entry)
        }
        let late = try lateTrace.entries(beside: unrecorded, nowMillis: loaded.nowMillis)
        for entry in late { _ = try replay(entry, entry, loaded, connection) }
        try skipShopNumbers(entries, connection)
        let known = Set(ours.filter(loaded.known.contains).map(\.request))
        return Forgotten(
            entries: rests + late, unrecorded: unrecorded + late, foreignCount: entries.count - ours.count,
            underWay: known.intersection(open).subtracting(unrecorded.map(\.request)))
    }

    /// True where the database did not know of the entry. `rest` is what of its keys is to go.
    private func replay(
        _ entry: ErasureEntry, _ rest: ErasureEntry, _ loaded: Loaded, _ connection: PostgresConnection
    ) throws -> Bool {
        try connection.transaction {
            let destroyed = try ErasedKeys.destroy([rest], on: connection)
            let keys = [loaded.destroyed, destroyed].flatMap { $0[entry.place] ?? [] }
            return try EntryReplay(entry, connection).run(keys)
        }
    }

    /// Shops that were added after the backup, more than anybody adds in such a time: a Redis that goes on, exports and
    /// receipts may know one by its number.
    private static let skippedShops: Int64 = 1000

    /// Shops to come get numbers that the journal names for none: it would take them for the one that was forgotten.
    private func skipShopNumbers(_ entries: [ErasureEntry], _ connection: PostgresConnection) throws {
        let named = entries.map(\.shop).max() ?? 0
        _ = try connection.query(
            """
            select setval(s.id, greatest($1, coalesce(pg_sequence_last_value(s.id), 0)) + $2)
            from (select pg_get_serial_sequence('registry.shop', 'id')::regclass as id) s
            """, [.int8(Int64(named)), .int8(Self.skippedShops)])
    }

    /// Ends the tenancies that were forgotten as a whole, when their tombstones are recorded: what is keyed by the shop
    /// can then not be told any more.
    package func closeShops(_ entries: [ErasureEntry], on connection: PostgresConnection) throws {
        for entry in entries where entry.scope == .shop {
            _ = try connection.query(
                """
                update registry.shop set status = 'redacted', domain = 'redacted-' || id || '.invalid',
                    account_id = 'redacted-' || id, hosts = '{}', uninstalled_at = coalesce(uninstalled_at, $2),
                    wrapped_key = substr($3, 1, length(wrapped_key))
                where id = $1
                """,
                [.int4(entry.shop), .timestamp(entry.atMillis), .bytes(SecureRandom.bytes(Self.randomBytes))])
            try noteTombstone(of: entry, connection)
        }
    }

    /// Where the tombstone of a shop stands; a person's is found by the protocol, which records it once more.
    private func noteTombstone(of entry: ErasureEntry, _ connection: PostgresConnection) throws {
        let low = EventKey.make(timeMillis: entry.atMillis, hash: .zero)
        let high = EventKey.make(timeMillis: entry.atMillis, hash: Key128(high: .max, low: .max))
        _ = try connection.query(
            """
            update privacy.round set tombstone = (
                select min(e.position) from log.event e join log.kind k on k.id = e.kind
                where e.lane = $2 and e.key between $3 and $4 and e.shop_id = $5 and k.name = 'shop.redacted')
            where request = $1 and tombstone is null
            """,
            [
                .uuid(entry.request.high, entry.request.low), .int2(entry.lane), .uuid(low.high, low.low),
                .uuid(high.high, high.low), .int4(entry.shop),
            ])
    }
}

/// One entry of the journal, carried out again in the caller's transaction.
private struct EntryReplay {
    private let entry: ErasureEntry
    private let connection: PostgresConnection
    private let request: PostgresValue
    private let shop: [PostgresValue]

    init(_ entry: ErasureEntry, _ connection: PostgresConnection) {
        self.entry = entry
        self.connection = connection
        request = .uuid(entry.request.high, entry.request.low)
        shop = [.int2(entry.lane), .int4(entry.shop)]
    }

    /// True where the database did not know of it. `destroyed` are its keys that the backup had; they are gone.
    func run(_ destroyed: [Key128]) throws -> Bool {
        let generation = try connection.query("select nextval('privacy.fence_generation')")[0].int64(0)
        let fenced = entry.scope == .shop ? [] : Handle.fenced(entry.handles, by: entry.request)
        var (kinds, hashes) = Self.columns(fenced)
        if entry.scope == .shop { (kinds, hashes) = (.int2Array([0]), .uuidArray([(0, 0)])) }
        _ = try connection.query(SQL.fence, shop + [kinds, hashes, request, .int8(generation)])
        try resume(generation, destroyed)
        return try !connection.query(
            SQL.journal,
            [request, .int4(entry.sequence)] + shop + [
                .text(entry.scope.rawValue), .bytes(Handle.packed(entry.handles)),
                .bytes(Handle.packed(entry.unlinked)), .timestamp(entry.atMillis),
            ]
        ).isEmpty
    }

    /// The request as it stood when the keys were gone; a person's goes back to the tombstone before, which is a repeat
    /// that tells its place. One that the backup has goes on from where it stood then.
    private func resume(_ generation: Int64, _ keys: [Key128]) throws {
        let (kind, step) = entry.scope == .person ? ("erasure", "traced") : ("shop_erasure", "destroyed")
        let made = try connection.query(
            SQL.request,
            [request] + shop + [
                .text(kind), .timestamp(entry.atMillis), .bytes(Handle.packed(entry.handles)), .text(step),
            ])
        let positions = try positions()
        _ = try connection.query(
            SQL.round,
            [
                request, .int4(entry.sequence), .bytes(Handle.packed(entry.handles)),
                .bytes(Handle.packed(entry.unlinked)), .timestamp(entry.atMillis), .int8(generation),
                .uuidArray(keys.map { ($0.high, $0.low) }), .int8Array(positions), .int8(Int64(positions.count)),
                .optional(positions.first), .optional(positions.last),
            ])
        guard !made.isEmpty else { return }
        _ = try connection.query(SQL.task, shop + [.text(entry.request.uuid)])
    }

    /// Events whose sealed fields belonged to what was forgotten, as far as the backup's index leads to them, in order.
    private func positions() throws -> [Position] {
        guard entry.scope == .person,
            try connection.query("select to_regclass('subjects.mention') is not null")[0].bool(0)
        else { return [] }
        let owners = Set(entry.handles + entry.unlinked)
        let (_, hashes) = Self.columns(Array(owners))
        return try connection.query(SQL.events, shop + [hashes]).compactMap { row in
            let sealed = row.bytes(1)
            guard let owner = SealedHead(sealed.span)?.handles.first, owners.contains(owner) else { return nil }
            return row.int64(0)
        }
    }

    private static func columns(_ handles: [Handle]) -> (kinds: PostgresValue, hashes: PostgresValue) {
        let (kinds, hashes) = Handle.columns(handles)
        return (.int2Array(kinds), .uuidArray(hashes))
    }

    private enum SQL {
        /// A handle that another request has fenced gets the new number, too: else there might be no row with it, and the
        /// processes would be waited for until they had seen one.
        static let fence = """
            insert into privacy.fence (lane, shop_id, kind, handle, request, generation)
            select $1, $2, h.kind, h.handle, $5, $6 from unnest($3::int2[], $4::uuid[]) h (kind, handle)
            on conflict (lane, shop_id, handle) do update set generation = excluded.generation
            """
        static let events = """
            select position, sealed from log.event where lane = $1 and position in (
                select position from subjects.mention where lane = $1 and shop_id = $2 and handle = any($3))
            order by position
            """
        /// Of its orders only those that were found then are meant: the journal does not say that all were. Asked by
        /// `restore`, by which its receipt knows what it is.
        static let request = """
            insert into privacy.request (id, lane, shop_id, shop_domain, kind, origin, asked_by, reference, state, step,
                orders, asked_handles, found_handles, asked_at, due_at)
            select $1, $2, id, domain, $4, 'cli', 'restore', 'carried out again after a restore', 'working', $7, 'listed',
                $6, $6, $5, $5::timestamptz + interval '30 days'
            from registry.shop where id = $3
            on conflict (id) do nothing returning 1
            """
        static let round = """
            insert into privacy.round (request, sequence, handles, unlinked, occurred_at, generation, key_ids, positions,
                event_count, first_position, last_position)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            on conflict (request, sequence) do update set generation = coalesce(round.generation, excluded.generation),
                key_ids = case when round.generation is null then excluded.key_ids else round.key_ids end
            """
        static let task = """
            insert into reactor.task (lane, shop_id, reactor, idempotency_key, payload)
            values ($1, $2, 'privacy', 'privacy:' || $3, jsonb_build_object('request', $3))
            on conflict (idempotency_key) do nothing
            """
        static let journal = """
            insert into privacy.erasure (request, sequence, lane, shop_id, scope, handles, unlinked, at)
            select $1, $2, $3, $4, $5, $6, $7, $8 where not exists (
                select from privacy.erasure where request = $1 and sequence = $2 and handles = $6 and unlinked = $7)
            returning 1
            """
    }
}
