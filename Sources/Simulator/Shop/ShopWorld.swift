/// What a plan is made from. The same options give the same plan, byte for byte.
package struct PlanOptions: Sendable {
    /// Decides everything that is left to chance.
    package var seed: UInt64
    /// `name.myshopify.com`.
    package var shop: String
    /// The host that shoppers see; pages and referrers inside a visit carry it.
    package var storefrontHost: String
    /// ISO 4217.
    package var currency = "USD"
    /// IANA time zone: rhythm and days of the totals.
    package var timezone = "America/New_York"
    /// Days of history, the last of which holds `endingAt`.
    package var days = 30
    /// Visits on an average day, bots not counted.
    package var sessionsPerDay = 200.0
    /// Unix milliseconds; nothing in the plan is later.
    package var endingAt: Int64
    /// Share of shoppers who refuse analytics; none of them is known again, so each has one visit.
    package var shareWithoutConsent = 0.12
    /// Visits of crawlers per visit of a shopper.
    package var shareBots = 0.04
    /// Share of visits that talk to the widget; 0 where the widget's routes are not served.
    package var shareWidget = 0.06
    /// Share of events sent a second time, unchanged.
    package var shareDuplicates = 0.015
    /// Share of events sent a second time under the same identity with other content; each must end in quarantine.
    package var shareConflicts = 0.0005
    /// Share of a visit's requests that arrive after everything else.
    package var shareLate = 0.02
    /// Whether orders, carts, checkouts and customers are reported by webhook.
    package var webhooks = true
    /// The name of the request header that tells the country, nil where the gateway reads none; then the totals have
    /// no dimension `country`.
    package var countryHeader: String?

    /// Thirty days of a small shop.
    package init(seed: UInt64, shop: String, storefrontHost: String, endingAt: Int64) {
        self.seed = seed
        self.shop = shop
        self.storefrontHost = storefrontHost
        self.endingAt = endingAt
    }
}

/// The shop as the generator knows it.
struct ShopWorld: Sendable {
    let options: PlanOptions
    let catalogue: Catalogue
    let name: String

    var origin: String { "https://\(self.options.storefrontHost)" }

    init(options: PlanOptions) {
        self.options = options
        self.catalogue = Catalogue(seed: options.seed, currency: options.currency)
        self.name = String(options.shop.prefix { $0 != "." })
    }

    /// Bits that depend on the seed and on these two numbers only.
    func bits(_ kind: UInt64, _ number: UInt64) -> UInt64 {
        var mix = SplitMix(state: self.options.seed &+ kind &* 0xD1B5_4A32_D192_ED03)
        let spread = mix.next() &+ number &* 0x9E37_79B9_7F4A_7C15
        mix.state ^= spread
        return mix.next()
    }

    /// A random id in the form of a UUID, lower case.
    func uuid(_ kind: UInt64, _ number: UInt64) -> String {
        let high = IDText.hex(self.bits(kind, number &* 2))
        let low = IDText.hex(self.bits(kind, number &* 2 &+ 1))
        return "\(high.prefix(8))-\(high.dropFirst(8).prefix(4))-4\(high.suffix(3))-a\(low.prefix(3))-\(low.suffix(12))"
    }

    /// 32 hexadecimal digits, as a checkout's token.
    func token(_ kind: UInt64, _ number: UInt64) -> String {
        IDText.hex(self.bits(kind, number &* 2)) + IDText.hex(self.bits(kind, number &* 2 &+ 1))
    }

    /// A cart's token, as in a checkout's address.
    func cartToken(_ number: UInt64) -> String {
        "Z2NwLXVzLWVhc3QxOjAx" + IDText.base32(self.bits(IDKind.cart, number &* 2))
            + IDText.base32(self.bits(IDKind.cart, number &* 2 &+ 1))
    }

    /// A number beyond 2^53, unique by its counter, as Shopify's ids may be.
    func bigID(_ kind: UInt64, _ number: Int) -> Int64 {
        820_000_000_000_000_000 + Int64(self.bits(kind, 0) % 1_000_000) * 100_000_000_000
            + Int64(number) * 4_096 + Int64(self.bits(kind, UInt64(number) &+ 1) % 4_096)
    }

    /// An address for each visitor: half of them IPv4 of the benchmarking range, half a /64 of the documentation range.
    func address(_ number: UInt64) -> String {
        let half = number >> 1
        guard number & 1 == 1 else {
            let host = (half &+ self.bits(IDKind.address, 0)) & 0x1_FFFF
            return "198.\(18 + (host >> 16)).\(host >> 8 & 255).\(host & 255)"
        }
        let net = UInt32(truncatingIfNeeded: half) &* 0x9E37_79B1 &+ UInt32(truncatingIfNeeded: self.options.seed)
        return "2001:db8:\(String(net >> 16, radix: 16)):\(String(net & 0xFFFF, radix: 16))::1"
    }
}

/// Keeps ids of different things apart.
enum IDKind {
    static let client: UInt64 = 1
    static let cart: UInt64 = 2
    static let checkout: UInt64 = 3
    static let event: UInt64 = 4
    static let order: UInt64 = 5
    static let customer: UInt64 = 6
    static let webhook: UInt64 = 7
    static let line: UInt64 = 8
    static let refund: UInt64 = 9
    static let widget: UInt64 = 10
    static let address: UInt64 = 11
    static let clickID: UInt64 = 12
    static let webhookEvent: UInt64 = 13
}

/// Bits as text.
enum IDText {
    /// 16 hexadecimal digits.
    static func hex(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// 13 letters and digits.
    static func base32(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 32, uppercase: true)
        return String(repeating: "0", count: 13 - digits.utf8.count) + digits
    }
}
