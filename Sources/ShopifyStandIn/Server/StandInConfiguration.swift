/// The app that the stand-in knows, and how it behaves.
package struct StandInConfiguration: Sendable {
    /// The app's client id.
    package var clientID: String
    /// The app's client secret: it signs webhooks, callbacks, the proxy and session tokens.
    package var clientSecret: String
    /// Where an authorization may lead back to; empty allows every address.
    package var redirectURIs: [String] = []
    /// The Admin API's version; requests to another are a problem.
    package var version = "2026-07"
    /// What requests are checked against. Without it nothing is checked, and each request says so in the log.
    package var schema: GraphQLSchema?
    /// The port on 127.0.0.1; 0 takes a free one.
    package var port = 0
    /// What every shop holds.
    package var catalogue = ShopCatalogueSize()
    /// Scopes that a token exchange grants, as the app's configuration file would.
    package var scopes: [String] = []
    /// Whether the pixel's extension is released; `webPixelCreate` answers NO_EXTENSION where it is not.
    package var isPixelReleased = true
    /// Names that the pixel's settings must have, each with a text that is not blank; nil takes any object.
    package var pixelSettings: Set<String>?
    /// Lifetime of expiring access tokens; Shopify's is an hour.
    package var accessTokenSeconds: Int64 = 3600
    /// Lifetime of refresh tokens; Shopify's is 90 days.
    package var refreshTokenSeconds: Int64 = 7_776_000
    /// How long searches do not show what was made (draft orders only); Shopify's has been seen to need 12 s.
    package var searchLagMillis: Int64 = 0
    /// The cost bucket's size and what it regains in a second.
    package var costMax = 2000.0
    package var costRestored = 100.0
    /// Bulk queries that may run at the same time for a shop; five since 2026-01.
    package var bulkRunsMax = 5
    /// The public https address of the app, and where deliveries to it really go: Shopify takes no http address, and a
    /// test has no other.
    package var appAddress: (public: String, local: String)?
    /// Subscriptions of the app's configuration file: topic and path or address.
    package var appSubscriptions: [(topic: String, uri: String)] = []
    /// The wall clock, Unix milliseconds.
    package var nowMillis: @Sendable () -> Int64

    /// The parts that have no default.
    package init(clientID: String, clientSecret: String, nowMillis: @escaping @Sendable () -> Int64) {
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.nowMillis = nowMillis
    }
}
