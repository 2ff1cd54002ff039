/// What the app asks for when it is installed.
package struct InstallConfiguration: Sendable {
    /// The app's identity.
    package var credentials: AppCredentials
    /// The scopes it needs.
    package var scopes: Scopes
    /// Where Shopify sends the merchant back to; one of the addresses that the app has registered at Shopify.
    package var redirectURI: String
    /// Where shops are.
    package var address: AdminAddress

    /// A configuration.
    package init(
        credentials: AppCredentials, scopes: Scopes, redirectURI: String, address: AdminAddress = .shopify
    ) {
        self.credentials = credentials
        self.scopes = scopes
        self.redirectURI = redirectURI
        self.address = address
    }
}

/// Installs and ends tenancies of shops through Shopify.
///
/// Everything an installation changes (the tenant, its token, the event about it) is one transaction; the event is
/// brought into the log right after it, or by `AnnouncementService` where that fails.
package struct InstallService: Sendable {
    let configuration: InstallConfiguration
    let states: OAuthStates
    let endpoint: TokenEndpoint
    let tokens: TokenVault
    let admin: AdminClient
    let announcements: Announcements

    /// Contacts nobody yet.
    package init(
        configuration: InstallConfiguration, states: OAuthStates, endpoint: TokenEndpoint, tokens: TokenVault,
        admin: AdminClient, announcements: Announcements
    ) {
        self.configuration = configuration
        self.states = states
        self.endpoint = endpoint
        self.tokens = tokens
        self.admin = admin
        self.announcements = announcements
    }

    /// The address a merchant is sent to, for a shop named by a person or a query. Throws `shopName` for what is none.
    package func begin(shop entered: String) async throws(OAuthError) -> String {
        guard let shop = ShopDomain(entered: entered) else {
            throw OAuthError(.shopName, "this is no shop; it looks like example.myshopify.com")
        }
        let state = try await states.issue(for: shop)
        return configuration.address.authorization(
            of: shop, clientID: configuration.credentials.clientID, scopes: configuration.scopes,
            redirectURI: configuration.redirectURI, state: state)
    }

    /// Takes the merchant's way back: checks the shop's name, the signature, the state and the time, in this order,
    /// then buys the token and installs. `query` is the raw query of the callback.
    package func finish(query: String) async throws(OAuthError) -> InstalledShop {
        let callback = try OAuthCallback(query: query, credentials: configuration.credentials)
        try await states.redeem(callback.state, for: callback.shop)
        try callback.checkTime(nowMillis: tokens.timing.nowMillis())
        return try await install(try await endpoint.exchange(code: callback.code, shop: callback.shop), callback.shop)
    }

    /// Makes sure that an offline token is there for the shop of a session token, which is verified first. Where one
    /// is, Shopify is asked whether it lives and what it grants.
    package func exchange(sessionToken: String) async throws(OAuthError) -> InstalledShop {
        let now = Double(tokens.timing.nowMillis()) / 1000
        let token: MerchantToken
        do throws(SessionTokenError) {
            token = try MerchantToken(sessionToken, credentials: configuration.credentials, nowSeconds: now)
        } catch {
            throw OAuthError(.sessionToken, "the session token is refused: \(error.rawValue)")
        }
        if let living = try await living(token.shop) { return living }
        let grant = try await endpoint.exchange(sessionToken: Secret(sessionToken), shop: token.shop)
        return try await install(grant, token.shop)
    }
}
