/// A tenant as every role knows it: a row of `registry.shop`.
package struct ShopRegistration: Sendable, Equatable {
    package enum Status: String, Sendable {
        case active
        /// Nothing more is accepted, except what the law requires (compliance webhooks).
        case uninstalled
        /// Forgotten: its key opens nothing any more, and nothing can be sealed or recorded for it.
        case redacted
    }

    package let id: ShopID
    /// `{name}.myshopify.com`, lower case.
    package let domain: String
    package let lane: Lane
    /// The random id that the web pixel posts under.
    package let accountID: String
    /// IANA name.
    package let timezone: String
    /// ISO 4217.
    package let currency: String
    package let status: Status
    /// Hosts of the storefront beside `domain`.
    package let hosts: [String]
    /// The shop's 256-bit key, wrapped by the vault.
    package let wrappedKey: [UInt8]
    /// Shopify's number of the shop; nil for one that was never installed through Shopify.
    package let shopifyID: Int64?

    package init(
        id: ShopID, domain: String, lane: Lane, accountID: String, timezone: String, currency: String, status: Status,
        hosts: [String], wrappedKey: [UInt8], shopifyID: Int64? = nil
    ) {
        self.id = id
        self.domain = domain
        self.lane = lane
        self.accountID = accountID
        self.timezone = timezone
        self.currency = currency
        self.status = status
        self.hosts = hosts
        self.wrappedKey = wrappedKey
        self.shopifyID = shopifyID
    }

    /// The hosts whose pages are the shop's own, without `www.`.
    package var ownHosts: Set<String> {
        Set(([domain] + hosts).map { $0.hasPrefix("www.") ? String($0.dropFirst(4)) : $0 })
    }
}
