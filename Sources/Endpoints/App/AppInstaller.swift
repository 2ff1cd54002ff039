/// Installs the app in shops; conformed to by the Shopify side. Tokens of Shopify's never pass through here.
package protocol AppInstaller: Sendable {
    /// Begins an authorization code grant for what a merchant or Shopify gave as the shop's name, and remembers its state
    /// (one use, ten minutes). The answer is the address at the shop where the merchant grants it.
    ///
    /// Throws `AppRefusal` where the name is no shop's.
    func begin(shop: String) async throws -> String

    /// Ends the grant that a callback's query string is about: shop name, hmac, state and time are checked in this
    /// order, then the code is exchanged, the token sealed and stored, and `shop.installed` appended.
    ///
    /// - Parameter query: the raw query string, as signed.
    func complete(query: String) async throws -> InstalledApp

    /// Exchanges a session token for an offline token of its shop and stores it, as `complete` does; harmless where the
    /// shop has one already.
    func exchange(sessionToken: String) async throws -> InstalledApp
}

/// An installation just made or renewed.
package struct InstalledApp: Sendable, Equatable {
    /// The shop's domain.
    package var shop: String
    /// Where the merchant goes on: the app's page in the shop's admin.
    package var page: String
    /// What the shop has granted.
    package var scopes: [String]

    /// Describes an installation.
    package init(shop: String, page: String, scopes: [String]) {
        self.shop = shop
        self.page = page
        self.scopes = scopes
    }
}

/// Why the Shopify side did not do what it was asked. Nothing of a token, a secret or an answer of Shopify's is in it.
package enum AppRefusal: Error, Sendable, Equatable {
    /// The text is no shop's domain.
    case notAShop
    /// The callback's hmac is missing or wrong.
    case badSignature
    /// The callback's state is unknown, used or over.
    case badState
    /// The callback was signed too long ago.
    case stale
    /// Shopify did not take the session token.
    case badSessionToken
    /// Shopify refused: the code was used, or the grant was not given.
    case denied
    /// The app has no token of this shop, or none that holds.
    case notInstalled
    /// The app lacks these scopes in the shop.
    case lacksScopes([String])
    /// Shopify says no to the change itself; the words are its own, about our request.
    case refused(String)
    /// Shopify cannot be reached, or asks to wait so many seconds.
    case unavailable(retryAfterSeconds: Int)
}
