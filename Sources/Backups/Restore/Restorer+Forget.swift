internal import Cryptography
internal import EventModel
package import Postgres
package import Privacy

extension Restorer {
    /// What of a journal a restored database did not know.
    package struct Forgotten: Sendable {
        /// Entries of shops that it has, all carried out again.
        package let entries: [ErasureEntry]
        /// Those of them whose tombstone may be missing in its log; the caller records them there.
        package let unrecorded: [ErasureEntry]
        /// Entries of shops that the backup has never heard of.
        package let foreignCount: Int
    }

    /// A tombstone may still have been on its way to the log when the backup was made; one recorded twice does no harm.
    private static let onItsWayMillis: Int64 = 3_600_000

    /// More than any wrapped key has.
    private static let randomBytes = 256

    /// Carries every erasure of the journal out again, a transaction each: fences, and the end of keys. Requests that the
    /// backup does not have are written down as they stood after that step, so that the protocol goes on with the rest
    /// (quarantine, tasks, search, receipt) as soon as it runs.
    package func forget(
        _ entries: [ErasureEntry], _ manifest: BackupManifest, on connection: PostgresConnection
    ) throws -> Forgotten {
        let shops = Set(try connection.query("select id from registry.shop").map { $0.int32(0) })
        let ours = entries.filter { shops.contains($0.shop) }
        var unrecorded: [ErasureEntry] = []
        for entry in ours {
            let isNew = try connection.transaction { try EntryReplay(entry, connection).run() }
            if isNew || entry.atMillis > manifest.madeAtMillis - Self.onItsWayMillis { unrecorded.append(entry) }
        }
        return Forgotten(entries: ours, unrecorded: unrecorded, foreignCount: entries.count - ours.count)
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
        }
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

    /// True where the database did not know of it.
    func run() throws -> Bool {
        let generation = try connection.query("select nextval('privacy.fence_generation')")[0].int64(0)
        let fenced = entry.scope == .shop ? [] : entry.handles.filter(\.isFenceable)
        var (kinds, hashes) = Self.columns(fenced)
        if entry.scope == .shop { (kinds, hashes) = (.int2Array([0]), .uuidArray([(0, 0)])) }
        _ = try connection.query(SQL.fence, shop + [kinds, hashes, request, .int8(generation)])
        switch entry.scope {
        case .person:
            let (kinds, hashes) = Self.columns(entry.handles + entry.unlinked)
            _ = try connection.query(SQL.destroyKeys, shop + [kinds, hashes])
        case .shop:
            _ = try connection.query(SQL.destroyAllKeys, [shop[1]])
            _ = try connection.query("delete from shopify.token where shop_id = $1", [shop[1]])
        }
        try resume(generation)
        return try !connection.query(
            SQL.journal,
            [request, .int4(entry.sequence)] + shop + [
                .text(entry.scope.rawValue), .bytes(Handle.packed(entry.handles)),
                .bytes(Handle.packed(entry.unlinked)), .timestamp(entry.atMillis),
            ]
        ).isEmpty
    }

    /// The request as it stood when the keys were gone. One that the backup has goes on from where it stood then.
    private func resume(_ generation: Int64) throws {
        let kind = entry.scope == .person ? "erasure" : "shop_erasure"
        let made = try connection.query(
            SQL.request,
            [request] + shop + [.text(kind), .timestamp(entry.atMillis), .bytes(Handle.packed(entry.handles))])
        _ = try connection.query(
            SQL.round,
            [
                request, .int4(entry.sequence), .bytes(Handle.packed(entry.handles)),
                .bytes(Handle.packed(entry.unlinked)), .timestamp(entry.atMillis), .int8(generation),
            ])
        guard !made.isEmpty else { return }
        _ = try connection.query(SQL.task, shop + [.text(entry.request.uuid)])
    }

    private static func columns(_ handles: [Handle]) -> (kinds: PostgresValue, hashes: PostgresValue) {
        let (kinds, hashes) = Handle.columns(handles)
        return (.int2Array(kinds), .uuidArray(hashes))
    }

    private enum SQL {
        static let fence = """
            insert into privacy.fence (lane, shop_id, kind, handle, request, generation)
            select $1, $2, h.kind, h.handle, $5, $6 from unnest($3::int2[], $4::uuid[]) h (kind, handle)
            on conflict do nothing
            """
        static let destroyKeys = """
            delete from registry.subject_key k using unnest($3::int2[], $4::uuid[]) h (kind, handle)
            where k.lane = $1 and k.shop_id = $2 and k.handle = h.handle and k.handle_kind = h.kind
            """
        static let destroyAllKeys = "delete from registry.subject_key where shop_id = $1"
        /// Of its orders only those that were found then are meant: the journal does not say that all were.
        static let request = """
            insert into privacy.request (id, lane, shop_id, shop_domain, kind, origin, reference, state, step, orders,
                asked_handles, found_handles, asked_at, due_at)
            select $1, $2, id, domain, $4, 'cli', 'carried out again after a restore', 'working', 'destroyed', 'listed',
                $6, $6, $5, $5::timestamptz + interval '30 days'
            from registry.shop where id = $3
            on conflict (id) do nothing returning 1
            """
        static let round = """
            insert into privacy.round (request, sequence, handles, unlinked, occurred_at, generation)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (request, sequence) do update set generation = coalesce(round.generation, excluded.generation)
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
