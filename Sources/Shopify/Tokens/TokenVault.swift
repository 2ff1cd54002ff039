package import EventModel
package import Postgres
package import Privacy

/// The shops' offline tokens: sealed at rest under `APP_SECRET_KEY`, refreshed before they end, destroyed on uninstall.
///
/// Any number of processes may share the table: whoever refreshes a token holds a lease on its row, and the others go
/// on with the old one, or wait where it has ended already. The rotated refresh token is stored by the same statement
/// that stores what it bought.
package struct TokenVault: AccessTokens {
    /// An access token that ends within this is refreshed: the longest call, and clocks that differ.
    package static let marginMillis: Int64 = 5 * 60_000
    /// An old token whose exchange was refused is not exchanged again before a day has passed.
    package static let migrationPauseMillis: Int64 = 24 * 3_600_000
    /// Between two looks at a token that somebody else refreshes.
    static let pollMillis: Int64 = 250
    /// Looks; together longer than a lease, so that a crashed refresher's work is taken over.
    static let pollsMax = 4 * Int(TokenTable.leaseSeconds + 10)

    let pool: PostgresPool
    let vault: Vault
    let endpoint: any TokenRenewal
    let timing: AdminTiming

    /// Contacts nobody yet.
    package init(pool: PostgresPool, vault: Vault, endpoint: any TokenRenewal, timing: AdminTiming = AdminTiming()) {
        self.pool = pool
        self.vault = vault
        self.endpoint = endpoint
        self.timing = timing
    }

    /// A token that works for some minutes more, refreshed first where need be.
    package func access(to shop: ShopID) async throws(AdminError) -> ShopAccess {
        let row = try await find(shop)
        let now = timing.nowMillis()
        if let end = row.expiresAtMillis {
            return end > now + Self.marginMillis ? row.access : try await renewed(shop, row, isRefused: false)
        }
        // The old kind works until Shopify ends it; it is exchanged once, by whoever comes first.
        if let pause = row.migrateAfterMillis, pause > now { return row.access }
        return try await renewed(shop, row, isRefused: false)
    }

    /// Another token after Shopify has refused this one; throws `unauthorized` where there is none to be had.
    package func access(to shop: ShopID, after refused: ShopAccess) async throws(AdminError) -> ShopAccess {
        let row = try await find(shop)
        if row.version != refused.version { return row.access }
        // A token of the old kind dies while it is exchanged: its successor is on its way.
        guard row.pair.refresh != nil || row.isLeased else {
            throw AdminError(.unauthorized, "the shop's token is dead; the merchant has to open the app")
        }
        return try await renewed(shop, row, isRefused: true)
    }

    /// Puts a fresh grant into the caller's transaction, in the place of whatever token the shop had.
    package func store(_ grant: TokenGrant, shop: ShopID, on connection: PostgresConnection) throws {
        try TokenTable.store(grant, shop: shop, nowMillis: timing.nowMillis(), vault: vault, on: connection)
    }

    /// The row of an active shop; throws `notInstalled` where there is none.
    func find(_ shop: ShopID) async throws(AdminError) -> TokenTable.Row {
        let vault = vault
        let row = try await stored { try TokenTable.find(shop, vault: vault, on: $0) }
        guard let row else { throw AdminError(.notInstalled, "the shop is not installed") }
        return row
    }

    /// Runs statements; a failing store is `unavailable`.
    func stored<R: Sendable>(_ body: @Sendable (PostgresConnection) throws -> R) async throws(AdminError) -> R {
        do {
            return try await pool.run(body)
        } catch let error as PrivacyError {
            throw AdminError(.notInstalled, "a stored token cannot be opened: \(error)")
        } catch let error as PostgresError {
            throw AdminError(.unavailable, error.description)
        } catch {
            throw AdminError(.unavailable, "the token store failed: \(type(of: error))")
        }
    }
}
