package import EventModel
internal import Postgres
internal import Privacy
internal import Recorder
internal import Registry

extension InstallService {
    /// Stores a fresh grant and everything that hangs on it.
    func install(_ grant: TokenGrant, _ domain: ShopDomain) async throws(OAuthError) -> InstalledShop {
        guard grant.userID == nil else { throw OAuthError(.malformed, "Shopify gave an online token") }
        let identity = try await identity(of: domain, grant)
        let tokens = tokens
        let shop = try await stored { connection in
            try connection.transaction {
                let shop = try Self.register(
                    identity, vault: tokens.vault, isNewInstallation: true, on: connection)
                let now = tokens.timing.nowMillis()
                try tokens.store(grant, shop: shop.id, on: connection)
                let installID = try InstallationTable.begin(
                    shop.id, shopifyID: identity.shopifyID, scopes: grant.scopes, nowMillis: now, on: connection)
                try Announcements.add(
                    .shopInstalled, InstalledPayload(scopes: grant.scopes.names, install_id: installID),
                    identity: "install \(installID)", atMillis: now, shop: shop.id, on: connection)
                return shop
            }
        }
        await announce()
        return installation(shop, grant.scopes, isNew: true)
    }

    /// The installation of a shop whose token Shopify still accepts; nil when there is none or it lacks scopes that a
    /// new exchange may bring.
    func living(_ domain: ShopDomain) async throws(OAuthError) -> InstalledShop? {
        guard let shop = try await stored({ try ShopRegistry.find(domain: domain.text, on: $0) }),
            shop.status == .active, let row = try await stored({ try InstallationTable.find(shop.id, on: $0) })
        else { return nil }
        do throws(AdminError) {
            let granted = try await grantedScopes(shop.id)
            try await scopesChanged(shop.id, to: granted, atMillis: tokens.timing.nowMillis())
            return installation(shop, granted, isNew: false)
        } catch {
            switch error.code {
            case .unauthorized, .notInstalled: return nil
            case .accessDenied, .frozen, .throttled, .unavailable:
                // The token may well be alive: what we know of it stands.
                return installation(shop, row.scopes, isNew: false)
            default: throw OAuthError(.malformed, error.message)
            }
        }
    }

    /// How a shop stands; Shopify is not asked.
    package func standing(of shop: ShopID) async throws(OAuthError) -> ShopStanding {
        let now = tokens.timing.nowMillis()
        let (row, isConnected) = try await stored { connection in
            (
                try InstallationTable.find(shop, on: connection),
                try TokenTable.isUsable(shop, nowMillis: now, on: connection)
            )
        }
        let granted = row?.scopes ?? []
        return ShopStanding(
            isConnected: isConnected, granted: granted, missingScopes: granted.missing(of: configuration.scopes))
    }

    /// The app's page in a shop's admin (shopify.dev, "Embedded app URLs").
    private func page(of domain: String) -> String {
        let name = domain.prefix { $0 != "." }
        return "https://admin.shopify.com/store/\(name)/apps/\(configuration.credentials.clientID)"
    }

    /// What the merchant grants now, by Shopify's word; throws `unauthorized` where the token is dead.
    func grantedScopes(_ shop: ShopID) async throws(AdminError) -> Scopes {
        let answer = try await admin.run(.grantedScopes, shop: shop)
        let handles = try answer.decoded(as: GrantedScopes.self).currentAppInstallation.accessScopes
        return Scopes(handles.map(\.handle))
    }

    /// Brings events into the log now; what fails is made good by `AnnouncementService`.
    func announce() async {
        // The installation itself is done and must not look failed.
        _ = try? await announcements.flush()
    }

    /// Runs statements; a failing store may be tried again.
    func stored<R: Sendable>(_ body: @Sendable (PostgresConnection) throws -> R) async throws(OAuthError) -> R {
        do {
            return try await tokens.pool.run(body)
        } catch let refusal as ShopRegistry.Refusal {
            throw OAuthError(.shopName, refusal.message)
        } catch let error as PostgresError {
            throw OAuthError(.unavailable, error.description)
        } catch {
            throw OAuthError(.unavailable, "the registry failed: \(type(of: error))")
        }
    }

    private func installation(_ shop: ShopRegistration, _ granted: Scopes, isNew: Bool) -> InstalledShop {
        InstalledShop(
            shop: shop, granted: granted, missingScopes: granted.missing(of: configuration.scopes), isNew: isNew,
            page: page(of: shop.domain))
    }

    private func identity(of domain: ShopDomain, _ grant: TokenGrant) async throws(OAuthError) -> ShopIdentity {
        do throws(AdminError) {
            let access = ShopAccess(domain: domain, token: grant.access, version: 0)
            let identity = try ShopIdentity(try await admin.run(.shop, access: access))
            guard identity.domain == domain else {
                throw AdminError(.malformed, "the token is of another shop than the one that was installed")
            }
            return identity
        } catch {
            throw OAuthError(error.isRetryable ? .unavailable : .malformed, error.message)
        }
    }

    /// Writes what Shopify says of a shop into the registry.
    static func register(
        _ identity: ShopIdentity, vault: Vault, isNewInstallation: Bool, on connection: PostgresConnection
    ) throws -> ShopRegistration {
        let zones = try connection.query(
            "select 1 from pg_timezone_names where name = $1", [.text(identity.timezone)])
        // A zone that our databases do not know yet would stop every query of the shop.
        let zone = zones.isEmpty ? "UTC" : identity.timezone
        return try ShopRegistry.add(
            domain: identity.domain.text, timezone: zone, currency: identity.currency, hosts: identity.hosts,
            wrappedKey: vault.wrap(Vault.newKey()), isNewInstallation: isNewInstallation, on: connection)
    }

    private struct InstalledPayload: Encodable {
        let scopes: [String]
        let install_id: String
    }

    private struct GrantedScopes: Decodable {
        struct Scope: Decodable { let handle: String }
        struct App: Decodable { let accessScopes: [Scope] }
        let currentAppInstallation: App
    }
}
