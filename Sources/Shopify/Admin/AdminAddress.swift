internal import FoundationEssentials

/// Where a shop's host is: `https://{shop}`, or for tests a loopback address in its place.
package struct AdminAddress: Sendable, Equatable {
    private let template: String
    /// True when all addresses lead to this machine.
    package let isLoopback: Bool

    /// Shopify itself.
    package static let shopify = AdminAddress(template: "https://{shop}", isLoopback: false)

    /// The place that `SHOPIFY_ADMIN_BASE_URL` names; `{shop}` in it is replaced by the shop's domain. Nil unless it is
    /// http or https to a loopback address: tokens go there.
    package init?(override text: String) {
        let base = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard Self.leadsToLoopback(base.replacing("{shop}", with: "shop")) else { return nil }
        self.init(template: base, isLoopback: true)
    }

    private init(template: String, isLoopback: Bool) {
        self.template = template
        self.isLoopback = isLoopback
    }

    /// The base address of a shop, without a slash at its end.
    package func base(of shop: ShopDomain) -> String { template.replacing("{shop}", with: shop.text) }

    /// The Admin GraphQL endpoint of an API version such as `2026-07`.
    package func graphQL(of shop: ShopDomain, version: String) -> String {
        "\(base(of: shop))/admin/api/\(version)/graphql.json"
    }

    /// The token endpoint.
    package func accessToken(of shop: ShopDomain) -> String { "\(base(of: shop))/admin/oauth/access_token" }

    /// True for an address that a file may be fetched from: https, or this machine while the override is on.
    package func allowsDownload(_ url: String) -> Bool {
        if isLoopback, Self.leadsToLoopback(url) { return true }
        return url.hasPrefix("https://") && !Self.authority(of: url.dropFirst(8)).contains("@")
    }

    private static func leadsToLoopback(_ url: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: url.hasPrefix) else { return false }
        let authority = authority(of: url.dropFirst(scheme.count))
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "[::1]"].contains(host)
    }

    private static func authority(of rest: Substring) -> Substring {
        rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" && $0 != "\\" }
    }
}
