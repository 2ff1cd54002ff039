internal import EventModel
internal import Postgres
internal import Privacy

/// The rows of `shopify.token`. Every call belongs into the caller's transaction or is one statement.
enum TokenTable {
    /// A row, opened.
    struct Row: Sendable {
        let domain: ShopDomain
        let pair: TokenPair
        let version: Int64
        let expiresAtMillis: Int64?
        let refreshExpiresAtMillis: Int64?
        let migrateAfterMillis: Int64?
        /// Somebody is replacing the token at this moment.
        let isLeased: Bool

        var access: ShopAccess { ShopAccess(domain: domain, token: pair.access, version: version) }
    }

    /// An instance that refreshes holds the row for itself so long; longer than the token endpoint may take.
    static let leaseSeconds: Int32 = 60

    /// The token of an active shop; nil where there is none.
    static func find(_ shop: ShopID, vault: Vault, on connection: PostgresConnection) throws -> Row? {
        let rows = try connection.query(
            """
            select s.domain, t.version, t.expires_at, t.refresh_expires_at, t.migrate_after, t.wrapped_key, t.sealed,
                coalesce(t.lease_until > now(), false)
            from shopify.token t join registry.shop s on s.id = t.shop_id
            where t.shop_id = $1 and s.status = 'active'
            """, [.int4(shop)])
        guard let row = rows.first, let domain = ShopDomain(row.text(0)) else { return nil }
        let sealed = TokenSeal.Sealed(wrappedKey: row.bytes(5), sealed: row.bytes(6))
        return Row(
            domain: domain, pair: try TokenSeal.open(sealed, shop: shop, vault: vault), version: row.int64(1),
            expiresAtMillis: row.timestampMillisIfPresent(2), refreshExpiresAtMillis: row.timestampMillisIfPresent(3),
            migrateAfterMillis: row.timestampMillisIfPresent(4), isLeased: row.bool(7))
    }

    /// True when an active shop has a token that works or that can be refreshed.
    static func isUsable(_ shop: ShopID, nowMillis: Int64, on connection: PostgresConnection) throws -> Bool {
        try connection.query(
            """
            select 1 from shopify.token t join registry.shop s on s.id = t.shop_id
            where t.shop_id = $1 and s.status = 'active'
                and (t.expires_at is null or t.expires_at > $2 or t.refresh_expires_at > $2)
            """, [.int4(shop), .timestamp(nowMillis)]
        ).count > 0
    }

    /// Puts a grant in the place of whatever token the shop had.
    static func store(
        _ grant: TokenGrant, shop: ShopID, nowMillis: Int64, vault: Vault, on connection: PostgresConnection
    ) throws {
        let sealed = try TokenSeal.seal(
            TokenPair(access: grant.access, refresh: grant.refresh), shop: shop, vault: vault)
        _ = try connection.query(
            """
            insert into shopify.token (shop_id, expires_at, refresh_expires_at, wrapped_key, sealed)
            values ($1, $2, $3, $4, $5)
            on conflict (shop_id) do update set version = nextval('shopify.token_version'),
                expires_at = excluded.expires_at, refresh_expires_at = excluded.refresh_expires_at,
                lease_id = null, lease_until = null, migrate_after = null,
                wrapped_key = excluded.wrapped_key, sealed = excluded.sealed
            """, [.int4(shop)] + ends(grant, nowMillis) + [.bytes(sealed.wrappedKey), .bytes(sealed.sealed)])
    }

    /// Puts a grant in the place of the token that the lease is on; false when the lease is not ours any more. Access
    /// and refresh token change in one statement.
    static func replace(
        with grant: TokenGrant, shop: ShopID, lease: TokenLease, nowMillis: Int64, vault: Vault,
        on connection: PostgresConnection
    ) throws -> Bool {
        let sealed = try TokenSeal.seal(
            TokenPair(access: grant.access, refresh: grant.refresh), shop: shop, vault: vault)
        return try connection.query(
            """
            update shopify.token set version = nextval('shopify.token_version'), expires_at = $2,
                refresh_expires_at = $3, lease_id = null, lease_until = null, migrate_after = null,
                wrapped_key = $4, sealed = $5
            where shop_id = $1 and lease_id = $6 returning shop_id
            """,
            [.int4(shop)] + ends(grant, nowMillis)
                + [.bytes(sealed.wrappedKey), .bytes(sealed.sealed), .uuid(lease.high, lease.low)]
        ).count == 1
    }

    /// Takes the right to replace this version of the token; false when somebody else has it or it is replaced already.
    static func take(
        _ lease: TokenLease, shop: ShopID, version: Int64, on connection: PostgresConnection
    ) throws -> Bool {
        try connection.query(
            """
            update shopify.token set lease_id = $3, lease_until = now() + make_interval(secs => $4)
            where shop_id = $1 and version = $2 and (lease_until is null or lease_until < now()) returning shop_id
            """, [.int4(shop), .int8(version), .uuid(lease.high, lease.low), .double(Double(leaseSeconds))]
        ).count == 1
    }

    /// Gives the right back; an old token is not exchanged again before `migrateAfterMillis`.
    static func giveBack(
        _ lease: TokenLease, shop: ShopID, migrateAfterMillis: Int64? = nil, on connection: PostgresConnection
    ) throws {
        _ = try connection.query(
            """
            update shopify.token set lease_id = null, lease_until = null, migrate_after = coalesce($3, migrate_after)
            where shop_id = $1 and lease_id = $2
            """,
            [.int4(shop), .uuid(lease.high, lease.low), migrateAfterMillis.map { .timestamp($0) } ?? .null])
    }

    private static func ends(_ grant: TokenGrant, _ nowMillis: Int64) -> [PostgresValue] {
        [grant.expiresInSeconds, grant.refreshExpiresInSeconds].map { seconds in
            seconds.map { .timestamp(nowMillis + $0 * 1000) } ?? .null
        }
    }
}

/// A random name for one attempt to replace a token.
struct TokenLease: Sendable {
    let high = UInt64.random(in: .min ... .max)
    let low = UInt64.random(in: .min ... .max)
}
