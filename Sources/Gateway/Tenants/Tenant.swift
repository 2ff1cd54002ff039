package import EventModel
package import Privacy

/// A shop as the gateway needs it, its key unwrapped. Immutable; a change makes a new one.
package final class Tenant: Sendable {
    package let id: ShopID
    package let lane: Lane
    /// The `*.myshopify.com` domain, in lower case.
    package let domain: String
    package let accountID: String
    /// Other hosts that the storefront is served from, in lower case.
    package let hosts: [String]
    package let isActive: Bool
    /// Shopify's number of the shop, where it was installed through Shopify.
    package let shopifyID: Int64?
    package let keys: ShopKeys

    package init(
        id: ShopID, lane: Lane, domain: String, accountID: String, hosts: [String] = [], isActive: Bool = true,
        shopifyID: Int64? = nil, keys: ShopKeys
    ) {
        self.id = id
        self.lane = lane
        self.domain = domain.lowercased()
        self.accountID = accountID
        self.hosts = hosts.map { $0.lowercased() }
        self.isActive = isActive
        self.shopifyID = shopifyID
        self.keys = keys
    }

    /// True when an `Origin` header names the shop's domain or one of its hosts.
    package func accepts(origin: String) -> Bool {
        guard let scheme = origin.range(of: "://") else { return false }
        let host =
            origin[scheme.upperBound...].lowercased().split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
        return host == domain || hosts.contains(host)
    }
}

/// What a tenant is looked up by.
package enum TenantKey: Sendable, Hashable {
    case account(String)
    case domain(String)
    case id(ShopID)
}

extension String {
    /// The first place of `text`; Foundation is not linked here.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
