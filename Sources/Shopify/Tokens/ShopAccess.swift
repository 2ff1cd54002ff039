package import EventModel

/// What a call to a shop's Admin API needs.
package struct ShopAccess: Sendable, Equatable {
    /// Where the call goes.
    package let domain: ShopDomain
    /// Sent as `X-Shopify-Access-Token`.
    package let token: Secret
    /// Counts the tokens of a shop, so that a refused one is told from its successor.
    package let version: Int64

    /// An access token of a shop.
    package init(domain: ShopDomain, token: Secret, version: Int64) {
        self.domain = domain
        self.token = token
        self.version = version
    }
}

/// Who replaces tokens; `TokenEndpoint`, and a script in tests.
package protocol TokenRenewal: Sendable {
    /// Buys a new pair with a refresh token.
    func refresh(_ token: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant
    /// Exchanges an old token, which never ends, for a pair.
    func migrate(_ token: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant
}

/// Where calls get their access tokens from; `TokenVault`, and memory in tests.
package protocol AccessTokens: Sendable {
    /// A token that works for some minutes more, refreshed first where need be.
    func access(to shop: ShopID) async throws(AdminError) -> ShopAccess
    /// Another token after Shopify has refused this one (401); throws `unauthorized` where there is none.
    func access(to shop: ShopID, after refused: ShopAccess) async throws(AdminError) -> ShopAccess
}
