/// A callback whose signature and shape are right. Its state and time are checked by `InstallService.finish`.
package struct OAuthCallback: Sendable, Equatable {
    /// Who installs.
    package let shop: ShopDomain
    /// Buys the token, once.
    package let code: Secret
    /// What the authorization was begun with.
    package let state: Secret
    /// When Shopify sent the merchant back, Unix seconds.
    package let timestamp: Int64

    /// A merchant's browser needs seconds; Shopify's own library allows this much either way.
    package static let ageSecondsMax: Int64 = 90

    /// Checks the shop's name, then the signature (any of the app's secrets). Duplicates are refused.
    package init(query: String, credentials: AppCredentials) throws(OAuthError) {
        guard let items = QueryItem.parse(query) else { throw OAuthError(.signature, "too many parameters") }
        func value(_ name: String) -> String { items.first { $0.name == name }?.value ?? "" }
        guard let shop = ShopDomain(value("shop")) else {
            throw OAuthError(.shopName, "the shop parameter is no shop domain")
        }
        guard CallbackSignature.areUnique(items), CallbackSignature.verifies(items, secrets: credentials.secrets) else {
            throw OAuthError(.signature, "the callback is not signed by Shopify")
        }
        guard !value("state").isEmpty else { throw OAuthError(.state, "the callback has no state") }
        guard !value("code").isEmpty else { throw OAuthError(.grant, "the callback has no code") }
        self.shop = shop
        self.code = Secret(value("code"))
        self.state = Secret(value("state"))
        self.timestamp = Int64(UInt32(value("timestamp")) ?? 0)
    }

    /// Throws `stale` when the callback is not of now.
    package func checkTime(nowMillis: Int64) throws(OAuthError) {
        guard Self.isFresh(timestamp, nowMillis: nowMillis) else {
            throw OAuthError(.stale, "the callback is older than \(Self.ageSecondsMax) seconds, or from the future")
        }
    }

    /// True for a time (Unix seconds) that is of now.
    static func isFresh(_ timestamp: Int64, nowMillis: Int64) -> Bool {
        abs(nowMillis / 1000 - timestamp) <= ageSecondsMax
    }
}
