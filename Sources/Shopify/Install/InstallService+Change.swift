package import EventModel
internal import Postgres
internal import Recorder
internal import Registry

extension InstallService {
    /// Asks Shopify for the shop's zone, currency and hosts and takes them over; true when any of them was news. Throws
    /// `unavailable`, for another try, where the registry's row changed meanwhile: an older answer must not win.
    @discardableResult
    package func shopChanged(_ shop: ShopID) async throws(AdminError) -> Bool {
        guard let seen = try await tokens.stored({ try ShopRegistry.find(id: shop, on: $0) }) else { return false }
        let identity = try ShopIdentity(try await admin.run(.shop, shop: shop))
        guard identity.domain.text == seen.domain else {
            throw AdminError(.malformed, "the token is of another shop than the registered one")
        }
        let (vault, millis) = (tokens.vault, tokens.timing.nowMillis())
        let news = try await tokens.stored { connection in
            try connection.transaction { () -> Bool? in
                guard try ShopRegistry.lockInstallation(of: shop, on: connection)?.status == .active else {
                    return false
                }
                guard try ShopRegistry.find(id: shop, on: connection) == seen else { return nil }
                let now = try Self.register(identity, vault: vault, isNewInstallation: false, on: connection)
                guard now != seen else { return false }
                try Announcements.add(
                    .shopChanged, ChangedPayload(timezone: now.timezone, currency: now.currency, hosts: now.hosts),
                    identity: "shop changed \(shop) \(millis)", atMillis: millis, shop: shop, on: connection)
                return true
            }
        }
        guard let news else { throw AdminError(.unavailable, "the shop changed while Shopify was asked") }
        if news { await announce() }
        return news
    }

    private struct ChangedPayload: Encodable {
        let timezone: String
        let currency: String
        let hosts: [String]
    }
}
