internal import Cryptography
internal import Postgres
internal import ReadModels
internal import Synchronization

/// A shop as requests name it.
struct KnownShop: Sendable, Equatable {
    var key: ShopKey
    var domain: String
    var timezone: String
    var currency: String
    var status: String
    var installedAt: Int64

    /// Installed now.
    var isActive: Bool { status == "active" }

    /// The shop's zone; nil where the registry has one that this machine does not know. Its days are UTC's then, and the
    /// answer says so.
    var zone: Zone? { Zone(identifier: timezone) }
}

/// Keys and shops of the registry. Keys are remembered for a second: a revoked one is refused within that time.
/// Installed shops are remembered for a quarter of a second; that a shop is not installed is read each time, so that it
/// opens as soon as it is.
final class AccessDirectory: Sendable {
    private struct StoredKey: Sendable {
        var id: String
        var hash: [UInt8]
        var caller: Caller
        var expiresAt: Int64?
        var isRevoked: Bool
        var lastUsedAt: Int64
    }

    private struct State {
        var keys: [String: (until: Int64, key: StoredKey?)] = [:]
        var shops: [String: (until: Int64, shop: KnownShop?)] = [:]
        /// Look-ups in the second since `missesSince` that found no installed shop.
        var misses = 0
        var missesSince: Int64 = 0
    }

    private static let rememberedMillis: Int64 = 1_000
    /// Uninstalling shows within this time, on every server.
    private static let shopMillis: Int64 = 250
    /// More look-ups of this kind in a second are somebody's loop; what was found last is then good for a second.
    private static let missesMax = 50
    /// More names than this in a second are made up; forgetting all of them costs a read each.
    private static let rememberedMax = 10_000
    private static let usedMillis: Int64 = 60_000

    private let pool: PostgresPool
    private let nowMillis: @Sendable () -> Int64
    private let state = Mutex(State())

    init(_ pool: PostgresPool, nowMillis: @escaping @Sendable () -> Int64) {
        self.pool = pool
        self.nowMillis = nowMillis
    }

    /// The caller that a key stands for; nil where it is unknown, expired or revoked.
    func caller(key: String) async throws -> Caller? {
        guard let id = APIKeys.id(of: key) else { return nil }
        let hash = SHA256.hash(Array(key.utf8))
        guard let stored = try await stored(id), constantTimeEquals(stored.hash, hash), !stored.isRevoked else {
            return nil
        }
        let now = nowMillis()
        if let expiresAt = stored.expiresAt, expiresAt <= now { return nil }
        if stored.lastUsedAt <= now - Self.usedMillis { try await noteUse(of: stored, now) }
        return stored.caller
    }

    /// The shop of a domain, installed or not; nil where there is none.
    func shop(domain: String) async throws -> KnownShop? {
        // No domain has a NUL, and Postgres takes none in a text.
        guard !domain.utf8.contains(0) else { return nil }
        return try await shop(named: domain.lowercased(), "domain = $1", .text(domain.lowercased()))
    }

    /// The shop of a number.
    func shop(id: Int32) async throws -> KnownShop? {
        try await shop(named: "#\(id)", "id = $1", .int4(id))
    }

    private func shop(named name: String, _ condition: String, _ value: PostgresValue) async throws -> KnownShop? {
        let now = nowMillis()
        if let known = remembered(name, now) { return known.shop }
        let sql =
            "SELECT id, lane, domain, timezone, currency, status, installed_at FROM registry.shop WHERE \(condition)"
        let shop = try await pool.run { connection in
            try connection.query(sql, [value]).first.map { row in
                KnownShop(
                    key: ShopKey(lane: row.int16(1), shop: row.int32(0)), domain: row.text(2), timezone: row.text(3),
                    currency: row.text(4), status: row.text(5), installedAt: row.timestampMillis(6))
            }
        }
        let isActive = shop?.isActive == true
        state.withLock { state in
            if state.shops.count >= Self.rememberedMax { state.shops = [:] }
            state.shops[name] = (now + (isActive ? Self.shopMillis : Self.rememberedMillis), shop)
            if isActive { return }
            if now - state.missesSince >= Self.rememberedMillis { (state.misses, state.missesSince) = (0, now) }
            state.misses += 1
        }
        return shop
    }

    /// What is known of a shop and holds now; that it is not installed holds only while too many ask such things.
    private func remembered(_ name: String, _ now: Int64) -> (until: Int64, shop: KnownShop?)? {
        state.withLock { state in
            guard let known = state.shops[name], known.until > now else { return nil }
            if known.shop?.isActive == true { return known }
            let isBusy = state.misses >= Self.missesMax && now - state.missesSince < Self.rememberedMillis
            return isBusy ? known : nil
        }
    }

    /// Forgets a shop that has just been installed, or installed again.
    func forget(domain: String) {
        let name = domain.lowercased()
        state.withLock { state in
            state.shops = state.shops.filter { $0.key != name && $0.value.shop?.domain != name }
        }
    }

    private func stored(_ id: String) async throws -> StoredKey? {
        let now = nowMillis()
        if let known = state.withLock({ $0.keys[id] }), known.until > now { return known.key }
        let key = try await pool.run { connection in
            try connection.query(
                "SELECT hash, shop_id, scopes, expires_at, revoked_at, last_used_at FROM registry.api_key WHERE id = $1",
                [.text(id)]
            ).first.map { row in
                let scopes = Set(row.textArray(2).compactMap(Scope.init))
                return StoredKey(
                    id: id, hash: row.bytes(0),
                    caller: Caller(name: "key:\(id)", shop: row.int32IfPresent(1), scopes: scopes),
                    expiresAt: row.timestampMillisIfPresent(3), isRevoked: !row.isNull(4),
                    lastUsedAt: row.timestampMillisIfPresent(5) ?? 0)
            }
        }
        remember(id, key, until: now + Self.rememberedMillis)
        return key
    }

    /// Writes the use at most once a minute, whichever server sees it.
    private func noteUse(of key: StoredKey, _ now: Int64) async throws {
        var used = key
        used.lastUsedAt = now
        remember(key.id, used, until: now + Self.rememberedMillis)
        _ = try await pool.run { connection in
            try connection.query(
                """
                UPDATE registry.api_key SET last_used_at = now()
                WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
                """, [.text(key.id)]
            ).affectedRows
        }
    }

    private func remember(_ id: String, _ key: StoredKey?, until: Int64) {
        state.withLock { state in
            if state.keys.count >= Self.rememberedMax { state.keys = [:] }
            state.keys[id] = (until, key)
        }
    }
}
