internal import Cryptography
package import EventModel
package import Postgres
package import Privacy

/// Exports at rest: rows of `privacy.export`, each sealed under a random key of its own, which the shop's key wraps.
/// When it is over, key, content and link go; the row stays and says that there was one. Synchronous and blocking.
package enum ExportTable {
    /// How it stands with an export.
    package struct Status: Sendable, Equatable {
        /// Whether it can be fetched now.
        package var isReady: Bool
        /// Events in it.
        package var events: Int64
        /// Unix milliseconds.
        package var expiresAt: Int64
        /// Opens it for whoever has it; nil where it is destroyed.
        package var token: String?
    }

    private static let layout: UInt8 = 1
    private static let headBytes = 1 + AES256GCM.nonceByteCount

    /// Seals and stores what was gathered for a request; doing it again puts the new export in the old one's place, with
    /// a new key and a new link.
    package static func store(
        _ export: GatheredExport, request: Key128, context: ShopContext, nowMillis: Int64,
        on connection: PostgresConnection
    ) throws {
        let key = Vault.newKey()
        let nonce = SecureRandom.bytes(AES256GCM.nonceByteCount)
        let sealed =
            [layout] + nonce + AES256GCM(key: key).seal(export.json, nonce: nonce, aad: binding(request, context.shop))
        _ = try connection.query(
            SQL.store,
            [
                .uuid(request.high, request.low), .bytes(context.wrap(subjectKey: key, keyID: request)),
                .bytes(sealed), .bytes(SHA256.hash(Array(token(key).utf8))), .int8(Int64(export.events)),
                .timestamp(nowMillis + ExportLimits.lifeMillis),
            ])
    }

    /// The export of a request; nil where none was made.
    package static func status(
        _ request: Key128, context: ShopContext, nowMillis: Int64, on connection: PostgresConnection
    ) throws -> Status? {
        let rows = try connection.query(SQL.status, [.uuid(request.high, request.low)])
        return try rows.first.map { row in
            let wrapped = row.bytesIfPresent(2)
            let isReady = wrapped != nil && row.timestampMillis(1) > nowMillis
            return Status(
                isReady: isReady, events: row.int64(0), expiresAt: row.timestampMillis(1),
                token: isReady ? try wrapped.map { token(try context.unwrap($0, keyID: request)) } : nil)
        }
    }

    /// Whether a text is the token of the request's export; also after it expired, and no more once it is destroyed.
    package static func isToken(
        _ text: String, of request: Key128, on connection: PostgresConnection
    ) throws -> Bool {
        let rows = try connection.query(SQL.token, [.uuid(request.high, request.low)])
        guard let hash = rows.first?.bytesIfPresent(0) else { return false }
        return constantTimeEquals(hash, SHA256.hash(Array(text.utf8)))
    }

    /// The document; nil where there is none (any more). The caller writes the audit log before it hands it out, and
    /// then says so with `noteOpened`.
    package static func open(
        _ request: Key128, context: ShopContext, nowMillis: Int64, on connection: PostgresConnection
    ) throws -> [UInt8]? {
        let rows = try connection.query(SQL.open, [.uuid(request.high, request.low), .timestamp(nowMillis)])
        guard let row = rows.first else { return nil }
        let (key, sealed) = (try context.unwrap(row.bytes(0), keyID: request), row.bytes(1))
        guard sealed.count > headBytes, sealed[0] == layout else { throw Unreadable() }
        return try AES256GCM(key: key).open(
            Array(sealed[headBytes...]), nonce: Array(sealed[1..<headBytes]), aad: binding(request, context.shop))
    }

    /// Counts that it was handed out; from then on it has a day left at most.
    package static func noteOpened(_ request: Key128, nowMillis: Int64, on connection: PostgresConnection) throws {
        _ = try connection.query(
            SQL.opened,
            [.uuid(request.high, request.low), .timestamp(nowMillis + ExportLimits.openedLifeMillis)])
    }

    /// Destroys all exports whose time is over; their number. `VACUUM` then takes the old rows from the disk.
    @discardableResult
    package static func expire(nowMillis: Int64, on connection: PostgresConnection) throws -> Int {
        try connection.query(SQL.expire, [.timestamp(nowMillis)]).affectedRows
    }

    /// Destroys the exports of these requests, whatever their time; the number of those that were still there.
    @discardableResult
    package static func destroy(_ requests: [Key128], on connection: PostgresConnection) throws -> Int {
        try connection.query(SQL.destroy, [.uuidArray(requests.map { ($0.high, $0.low) })]).affectedRows
    }

    /// Destroys all exports of a shop; the number of those that were still there.
    @discardableResult
    package static func destroyAll(of shop: ShopID, on connection: PostgresConnection) throws -> Int {
        try connection.query(SQL.destroyAll, [.int4(shop)]).affectedRows
    }

    /// Destroys the exports of a shop that any of the handles was asked or found for: those of the erased person.
    @discardableResult
    package static func destroy(
        of handles: Set<Handle>, shop: ShopID, on connection: PostgresConnection
    ) throws -> Int {
        try destroy(living(of: handles, shop: shop, on: connection), on: connection)
    }

    /// Requests of a shop whose exports are there; with `handles` those that any of them was asked or found for.
    static func living(
        of handles: Set<Handle>? = nil, shop: ShopID, on connection: PostgresConnection
    ) throws -> [Key128] {
        try connection.query(SQL.living, [.int4(shop)]).compactMap { row in
            let named = Handle.unpacked(row.bytes(1)) + Handle.unpacked(row.bytes(2))
            return handles?.isDisjoint(with: named) ?? false ? nil : Key128(row.uuid(0))
        }
    }

    /// The bytes at rest have not the form that this version writes.
    package struct Unreadable: Error {}

    /// Follows from the export's own key, so that it need not be kept and is gone with it.
    private static func token(_ key: [UInt8]) -> String {
        Base64.encode(HKDF.derive(secret: key, info: "footfall export link"), .url)
    }

    private static func binding(_ request: Key128, _ shop: ShopID) -> [UInt8] {
        var bytes = Array("footfall export".utf8)
        bytes.appendInteger(shop)
        return bytes + request.bytes
    }

    private enum SQL {
        static let store = """
            insert into privacy.export (request, wrapped_key, sealed, token_hash, events, expires_at)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (request) do update set wrapped_key = excluded.wrapped_key, sealed = excluded.sealed,
                token_hash = excluded.token_hash, events = excluded.events, expires_at = excluded.expires_at,
                opened_count = 0, destroyed_at = null
            """
        static let status = "select events, expires_at, wrapped_key from privacy.export where request = $1"
        static let token = "select token_hash from privacy.export where request = $1"
        static let open = """
            select wrapped_key, sealed from privacy.export
            where request = $1 and expires_at > $2 and wrapped_key is not null
            """
        static let opened = """
            update privacy.export set opened_count = opened_count + 1, expires_at = least(expires_at, $2)
            where request = $1
            """
        static let gone = "set wrapped_key = null, sealed = null, token_hash = null, destroyed_at = now()"
        static let expire = """
            update privacy.export \(gone) where wrapped_key is not null and expires_at <= $1
            """
        static let destroy = "update privacy.export \(gone) where wrapped_key is not null and request = any($1)"
        static let destroyAll = """
            update privacy.export \(gone) where wrapped_key is not null
                and request in (select id from privacy.request where shop_id = $1)
            """
        static let living = """
            select r.id, r.asked_handles, r.found_handles from privacy.export e
            join privacy.request r on r.id = e.request where r.shop_id = $1 and e.wrapped_key is not null
            """
    }
}
