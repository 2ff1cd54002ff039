internal import EventModel

extension TokenVault {
    /// Replaces a token, or waits for whoever is replacing it. A token that still works is given as it is where it
    /// cannot be replaced now.
    func renewed(_ shop: ShopID, _ first: TokenTable.Row, isRefused: Bool) async throws(AdminError) -> ShopAccess {
        var row = first
        for _ in 0..<Self.pollsMax {
            let lease = TokenLease()
            let version = row.version
            if try await stored({ try TokenTable.take(lease, shop: shop, version: version, on: $0) }) {
                return try await replace(shop, row, lease, isRefused: isRefused)
            }
            if !isRefused, isAlive(row) { return row.access }
            try await timing.wait(Self.pollMillis)
            row = try await find(shop)
            // The refresher was faster: its token is the one.
            if row.version != first.version { return row.access }
        }
        throw AdminError(.unavailable, "the shop's token is being refreshed for too long")
    }

    /// Asks the token endpoint while the lease is ours.
    private func replace(
        _ shop: ShopID, _ row: TokenTable.Row, _ lease: TokenLease, isRefused: Bool
    ) async throws(AdminError) -> ShopAccess {
        do throws(OAuthError) {
            let grant = try await bought(row)
            return try await keep(grant, shop, row, lease)
        } catch {
            let isOld = row.expiresAtMillis == nil
            let isFinal = !error.isRetryable
            let pause = isOld && isFinal ? timing.nowMillis() + Self.migrationPauseMillis : nil
            try await stored { try TokenTable.giveBack(lease, shop: shop, migrateAfterMillis: pause, on: $0) }
            if !isRefused, isAlive(row) { return row.access }
            throw Self.failure(error)
        }
    }

    private func bought(_ row: TokenTable.Row) async throws(OAuthError) -> TokenGrant {
        guard row.expiresAtMillis != nil else { return try await endpoint.migrate(row.pair.access, shop: row.domain) }
        guard let refresh = row.pair.refresh else {
            throw OAuthError(.grant, "the token has ended and there is none to refresh it with")
        }
        return try await endpoint.refresh(refresh, shop: row.domain)
    }

    /// Stores what was bought. A store that fails loses nothing: the old refresh token buys again.
    private func keep(
        _ grant: TokenGrant, _ shop: ShopID, _ old: TokenTable.Row, _ lease: TokenLease
    ) async throws(OAuthError) -> ShopAccess {
        let (vault, now) = (vault, timing.nowMillis())
        do throws(AdminError) {
            let isKept = try await stored { connection in
                try TokenTable.replace(
                    with: grant, shop: shop, lease: lease, nowMillis: now, vault: vault, on: connection)
            }
            // Not kept: uninstalled, re-installed, or so slow that another took over. What counts is the row.
            let row = try await find(shop)
            guard isKept || row.version != old.version else {
                throw AdminError(.unavailable, "a refreshed token was not stored")
            }
            return row.access
        } catch {
            throw OAuthError(error.code == .notInstalled ? .grant : .unavailable, error.message)
        }
    }

    private func isAlive(_ row: TokenTable.Row) -> Bool { row.expiresAtMillis.map { $0 > timing.nowMillis() } ?? true }

    private static func failure(_ error: OAuthError) -> AdminError {
        switch error.code {
        case .unavailable, .malformed: AdminError(.unavailable, error.message)
        case .credentials: AdminError(.unauthorized, error.message)
        default: AdminError(.unauthorized, "the shop's token is dead; the merchant has to open the app")
        }
    }
}
