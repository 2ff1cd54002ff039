internal import EventModel

/// The merchant's page as Shopify's admin shows it in a frame: the same page, with App Bridge for session tokens and with
/// addresses that hold under `/app`.
struct EmbeddedPage: Sendable {
    /// The page.
    let html: [UInt8]

    /// Where App Bridge is loaded from; Shopify allows no copy. Source: shopify.dev, App Bridge.
    static let scriptOrigin = "https://cdn.shopify.com"
    /// The admin around the page.
    private static let admin = "https://admin.shopify.com"
    /// The page's own policy is a header here, which names the shop.
    private static let ownPolicy = "<meta http-equiv=\"Content-Security-Policy\""
    private static let folders = ["favicon.svg", "styles/", "scripts/", "vendor/"]

    /// Makes it of the page that stands alone; nil where that has no head to put App Bridge into.
    init?(index: [UInt8], clientID: String) {
        var page = String(decoding: index, as: UTF8.self)
        if let start = page.firstRange(of: Self.ownPolicy)?.lowerBound, let end = page[start...].firstIndex(of: ">") {
            page.removeSubrange(start...end)
        }
        guard let head = page.firstRange(of: "<head>")?.upperBound else { return nil }
        let bridge = """

                <meta name="shopify-api-key" content="\(Self.escaped(clientID))">
                <script src="\(Self.scriptOrigin)/shopifycloud/app-bridge.js"></script>
            """
        page.insert(contentsOf: bridge, at: head)
        for folder in Self.folders { page = page.replacing("=\"\(folder)", with: "=\"/app/\(folder)") }
        self.html = Array(page.utf8)
    }

    /// The policy for the admin of one shop; nil for a text that is no shop's domain.
    static func policy(shop: String) -> ContentPolicy? {
        guard let domain = ShopName.domain(shop) else { return nil }
        return ContentPolicy(scripts: [scriptOrigin], ancestors: ["https://\(domain)", admin])
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
    }
}
