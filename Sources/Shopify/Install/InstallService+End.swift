package import EventModel
internal import Postgres
internal import Recorder
internal import Registry

/// What became of the news that a shop has removed the app.
package enum Uninstallation: Sendable, Equatable {
    /// The tenancy has ended now.
    case ended
    /// It had ended before, or there never was one.
    case alreadyEnded
    /// The news is of a former installation; the present one lives.
    case late
}

extension InstallService {
    /// Ends a tenancy after `app/uninstalled` of the time `atMillis`: nothing more is accepted and the tokens are
    /// destroyed.
    ///
    /// The webhook may come late, after the shop has installed the app again. News older than the installation is
    /// therefore checked with Shopify: while our token is accepted, the installation lives. Throws `unavailable` where
    /// Shopify cannot be asked now.
    package func uninstall(
        _ shop: ShopID, atMillis: Int64, reason: String = "app/uninstalled"
    ) async throws(OAuthError) -> Uninstallation {
        guard let seen = try await stored({ try ShopRegistry.find(id: shop, on: $0) }), seen.status == .active else {
            return .alreadyEnded
        }
        let began = try await stored { try ShopRegistry.lockInstallation(of: shop, on: $0)?.installedAtMillis }
        if let began, atMillis < began, try await isAlive(shop) { return .late }
        let outcome = try await stored { connection in
            try connection.transaction { () -> Uninstallation in
                guard let now = try ShopRegistry.lockInstallation(of: shop, on: connection), now.status == .active
                else {
                    return .alreadyEnded
                }
                // Installed again while we asked.
                guard now.installedAtMillis == began else { return .late }
                let installID = try InstallationTable.find(shop, on: connection)?.installID ?? "none"
                _ = try ShopRegistry.uninstall(domain: seen.domain, on: connection)
                try Announcements.add(
                    .shopUninstalled, UninstalledPayload(reason: reason),
                    identity: "uninstall \(installID) \(now.installedAtMillis)", atMillis: atMillis, shop: shop,
                    on: connection)
                return .ended
            }
        }
        await announce()
        return outcome
    }

    /// Takes over what the merchant grants as of `atMillis` (`app/scopes_update`, or what Shopify says when asked);
    /// true when that was news. Older news than what we know is none.
    @discardableResult
    package func scopesChanged(
        _ shop: ShopID, to scopes: Scopes, atMillis: Int64
    ) async throws(AdminError) -> Bool {
        let isNews = try await tokens.stored { connection in
            try connection.transaction {
                guard try InstallationTable.change(shop, scopes: scopes, atMillis: atMillis, on: connection) else {
                    return false
                }
                try Announcements.add(
                    .shopScopesChanged, ScopesPayload(scopes: scopes.names), identity: "scopes \(shop) \(atMillis)",
                    atMillis: atMillis, shop: shop, on: connection)
                return true
            }
        }
        if isNews { await announce() }
        return isNews
    }

    /// True when Shopify accepts our token.
    private func isAlive(_ shop: ShopID) async throws(OAuthError) -> Bool {
        do throws(AdminError) {
            _ = try await grantedScopes(shop)
            return true
        } catch {
            switch error.code {
            case .unauthorized, .notInstalled, .gone: return false
            case .accessDenied, .frozen: return true
            default: throw OAuthError(.unavailable, error.message)
            }
        }
    }

    private struct UninstalledPayload: Encodable {
        let reason: String
    }

    private struct ScopesPayload: Encodable {
        let scopes: [String]
    }
}
