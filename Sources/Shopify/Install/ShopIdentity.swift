/// What the shop says of itself when it is installed.
struct ShopIdentity: Equatable, Sendable {
    let shopifyID: Int64
    let domain: ShopDomain
    let timezone: String
    let currency: String
    let hosts: [String]

    /// More domains than this no plan has.
    private static let hostsMax = 200

    private struct Answer: Decodable {
        struct Host: Decodable { let host: String }
        struct Shop: Decodable {
            let id: String
            let myshopifyDomain: String
            let ianaTimezone: String
            let currencyCode: String
            let primaryDomain: Host
            let domains: [Host]
        }
        let shop: Shop
    }

    init(_ answer: AdminAnswer) throws(AdminError) {
        let shop = try answer.decoded(as: Answer.self).shop
        guard let domain = ShopDomain(shop.myshopifyDomain), let number = shop.id.split(separator: "/").last,
            let id = Int64(number)
        else { throw AdminError(.malformed, "the shop's own description cannot be read") }
        self.shopifyID = id
        self.domain = domain
        self.timezone = shop.ianaTimezone
        self.currency = shop.currencyCode
        let hosts = Set(([shop.primaryDomain] + shop.domains).map { $0.host.lowercased() })
        self.hosts = Array(hosts.subtracting([domain.text]).sorted().prefix(Self.hostsMax))
    }
}
