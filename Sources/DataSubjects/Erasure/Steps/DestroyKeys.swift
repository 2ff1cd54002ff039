internal import Blocking
internal import Cryptography
internal import EventLog
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

extension RequestWork {
    /// The point of no return: the fence goes up and the keys go, in one transaction a round. Under the lane's lock, so that a
    /// key that an append before it stored is found, and an append after it stores none.
    func destroyKeys() async throws -> RequestFlow.StepEnd {
        let rounds = try await rounds()
        guard !rounds.isEmpty else { throw SubjectFailure("there is no round to be carried out") }
        for round in rounds where round.generation == nil { try await destroyKeys(of: round) }
        return .done
    }

    private func destroyKeys(of round: ErasureRound) async throws {
        let (request, journal, vault) = (request, parts.stores.journal, parts.vault)
        try await parts.pool.run { connection in
            try connection.transaction {
                try LaneLock.hold(request.shop.lane, on: connection)
                let isShop = request.kind == .shopErasure
                let generation = try FenceTable.raise(
                    isShop ? FenceTable.wholeShop : FenceTable.rows(round, request.id), shop: request.shop,
                    request: request.id, on: connection)
                let handles = round.handles + round.unlinked
                if !isShop { try Self.notePurchases(handles, of: request, on: connection) }
                var keys =
                    isShop
                    ? try SubjectKeys.deleteAll(of: request.shop, on: connection)
                    : try SubjectKeys.delete(handles, of: request.shop, on: connection)
                if isShop { keys += try Self.overwriteShopKey(request.shop.shop, vault, on: connection) }
                try RoundTable.set(
                    generation: generation, keyIDs: keys, of: request.id, sequence: round.sequence, on: connection)
                try journal.append(Self.entry(request, round), on: connection)
                CrashPoint.pass("privacy.destroy.before")
            }
            CrashPoint.pass("privacy.destroy.after")
        }
    }

    /// Under this name the results of `destroyed` count keys that no request of a data subject was sealed under.
    static let purchaseKeys = "purchase_keys"

    /// Counts the keys of what is no person (orders, checkouts, carts, browsers): something was held under them.
    private static func notePurchases(
        _ handles: [Handle], of request: SubjectRequest, on connection: PostgresConnection
    ) throws {
        let purchases = handles.filter { ![.customer, .email, .phone].contains($0.kind) }
        let before = try StepResults.counts(.destroyed, of: request.id, on: connection)[purchaseKeys] ?? 0
        let count = try SubjectKeys.count(purchases, of: request.shop, on: connection)
        try StepResults.note(.destroyed, [purchaseKeys: before + count], of: request.id, on: connection)
    }

    /// Puts random bytes of the wrapped key's length in its place: everything that is sealed or hashed under it is beyond
    /// reach. Returns what names the key; nothing where it did not open any more.
    private static func overwriteShopKey(
        _ shop: ShopID, _ vault: Vault, on connection: PostgresConnection
    ) throws -> [Key128] {
        let wrapped = try connection.query(
            "select wrapped_key from registry.shop where id = $1 for update", [.int4(shop)]
        ).first?.bytes(0)
        guard let wrapped else { return [] }
        _ = try connection.query(
            "update registry.shop set wrapped_key = $2 where id = $1",
            [.int4(shop), .bytes(SecureRandom.bytes(wrapped.count))])
        // A key that nobody can unwrap is gone already.
        return (try? vault.unwrap(wrapped)).map { [ShopKeys(shopKey: $0).id] } ?? []
    }

    private static func entry(_ request: SubjectRequest, _ round: ErasureRound) -> ErasureEntry {
        guard request.kind != .shopErasure else {
            return ErasureEntry(
                shopRequest: request.id, lane: request.shop.lane, shop: request.shop.shop, atMillis: round.occurredAt)
        }
        return ErasureEntry(
            request: request.id, sequence: round.sequence, lane: request.shop.lane, shop: request.shop.shop,
            handles: round.handles, unlinked: round.unlinked, atMillis: round.occurredAt)
    }
}

/// `registry.subject_key`, as erasures see it.
enum SubjectKeys {
    /// Deletes all keys of these handles; their ids, in order.
    static func delete(_ handles: [Handle], of shop: ShopKey, on connection: PostgresConnection) throws -> [Key128] {
        try connection.query(
            """
            delete from registry.subject_key k using unnest($3::int2[], $4::uuid[]) as h (kind, handle)
            where k.lane = $1 and k.shop_id = $2 and k.handle = h.handle and k.handle_kind = h.kind
            returning k.key_id
            """, [.int2(shop.lane), .int4(shop.shop)] + values(handles)
        ).map { Key128($0.uuid(0)) }.sorted()
    }

    /// Deletes keys by their ids: a grant that was sent with two batches brings its key back with the second one, where
    /// the handle is not fenced.
    static func delete(ids: [Key128], of shop: ShopKey, on connection: PostgresConnection) throws {
        guard !ids.isEmpty else { return }
        _ = try connection.query(
            "delete from registry.subject_key where lane = $1 and shop_id = $2 and key_id = any($3)",
            [.int2(shop.lane), .int4(shop.shop), .uuidArray(ids.map { ($0.high, $0.low) })])
    }

    /// Deletes all keys of a shop; their ids, in order.
    static func deleteAll(of shop: ShopKey, on connection: PostgresConnection) throws -> [Key128] {
        try connection.query(
            "delete from registry.subject_key where lane = $1 and shop_id = $2 returning key_id",
            [.int2(shop.lane), .int4(shop.shop)]
        ).map { Key128($0.uuid(0)) }.sorted()
    }

    /// How many there are.
    static func count(_ handles: [Handle], of shop: ShopKey, on connection: PostgresConnection) throws -> Int64 {
        try connection.query(
            """
            select count(*) from registry.subject_key k join unnest($3::int2[], $4::uuid[]) as h (kind, handle)
                on k.handle = h.handle and k.handle_kind = h.kind
            where k.lane = $1 and k.shop_id = $2
            """, [.int2(shop.lane), .int4(shop.shop)] + values(handles)
        )[0].int64(0)
    }

    private static func values(_ handles: [Handle]) -> [PostgresValue] {
        [
            .int2Array(handles.map { Int16($0.kind.rawValue) }),
            .uuidArray(handles.map { ($0.hash.high, $0.hash.low) }),
        ]
    }
}
