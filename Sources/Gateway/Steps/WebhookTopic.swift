internal import EventModel

/// What has to be known about single topics at the door.
enum WebhookTopic {
    static let uninstalled = Array("app/uninstalled".utf8)

    /// The mandatory privacy topics, worked off also after an uninstall.
    static func isCompliance(_ topic: String) -> Bool {
        ["customers/data_request", "customers/redact", "shop/redact"].contains(topic)
    }

    /// The shop that a delivery's headers name.
    struct Addressee {
        /// In lower case.
        let domain: String
        /// Shopify's number of it, where that is known.
        let shopifyID: Int64?
    }

    /// False for a body that belongs to another shop or to another topic. Whoever gets hold of one delivery could put
    /// any header beside it; what ends a shop, erases, deletes or sells must not be had that way.
    ///
    /// Told by what a whole payload shows: deliveries of few fields, and what is no JSON, pass where they do nothing.
    static func fits(
        _ body: Span<UInt8>, topic: String, to addressee: Addressee, _ scanner: inout JSONScanner
    ) -> Bool {
        if isCompliance(topic) {
            let named = members(body, complianceMembers, &scanner).last
            return named.map { text(body, $0) == addressee.domain } ?? false
        }
        switch topic {
        case "app/uninstalled", "shop/update": return isShop(body, addressee, &scanner)
        case "app/scopes_update":
            guard let known = addressee.shopifyID else { return true }
            return members(body, scopesMembers, &scanner).last.map { number(body, $0) == known } ?? true
        case "orders/edited": return true
        case "orders/delete", "products/delete", "customers/delete":
            return members(body, foreignToDeletions, &scanner).isEmpty
        case let topic where topic.hasPrefix("orders/"):
            let found = members(body, foreignToOrders, &scanner)
            // Without an id of its own (`orders/risk_assessment_changed`) it is taken for no order by anybody.
            return !found.contains { $0.pointer == 0 } || found.allSatisfy { $0.pointer == 0 }
        default: return true
        }
    }

    /// A shop as `app/uninstalled` shows it. Its domains may be missing (shopify.dev's own example has none): then its
    /// number tells it, and where that is not known, that it is a shop at all.
    private static func isShop(_ body: Span<UInt8>, _ addressee: Addressee, _ scanner: inout JSONScanner) -> Bool {
        let found = members(body, shopMembers, &scanner)
        guard !found.contains(where: { $0.pointer >= ownShopMembers.count }) else { return false }
        if let domain = found.last(where: { $0.pointer == 0 }) { return text(body, domain) == addressee.domain }
        if let known = addressee.shopifyID {
            return found.last { $0.pointer == 1 }.map { number(body, $0) == known } ?? false
        }
        return found.contains { $0.pointer > 1 }
    }

    /// The members that are there and not null; none of what is no JSON.
    private static func members(
        _ body: Span<UInt8>, _ pointers: PointerSet, _ scanner: inout JSONScanner
    ) -> [JSONMatch] {
        do { try scanner.scan(body, pointers: pointers) } catch { return [] }
        return scanner.matches.filter { $0.type != .null }
    }

    /// In lower case; "" for what is no text.
    private static func text(_ body: Span<UInt8>, _ match: JSONMatch) -> String {
        JSONText.string(body, match)?.lowercased() ?? ""
    }

    /// A number of Shopify's, also at the end of a global id (`gid://shopify/Shop/548380009`).
    private static func number(_ body: Span<UInt8>, _ match: JSONMatch) -> Int64? {
        JSONText.int64(body, match)
            ?? JSONText.string(body, match)?.split(separator: "/").last.flatMap { Int64($0) }
    }

    private static let complianceMembers = PointerSet(["/shop_domain"])
    private static let scopesMembers = PointerSet(["/shop_id"])
    private static let ownShopMembers = [
        "/myshopify_domain", "/id", "/domain", "/plan_name", "/plan_display_name", "/shop_owner", "/iana_timezone",
    ]
    /// Members of orders, products, customers, and of what belongs to them.
    private static let parts = [
        "/line_items", "/variants", "/order_id", "/order_edit", "/shop_domain", "/default_address", "/first_name",
        "/current", "/total_price", "/error_code", "/verified_email",
    ]
    private static let shopMembers = PointerSet(ownShopMembers + parts)
    /// All that lives has times; what is gone has an id and little else.
    private static let foreignToDeletions = PointerSet(parts + ["/created_at", "/updated_at", "/state", "/plan_name"])
    /// After the id, members of what is no order: drafts, checkouts, refunds, transactions, products, customers, shops.
    private static let foreignToOrders = PointerSet([
        "/id", "/invoice_url", "/abandoned_checkout_url", "/order_id", "/order_edit", "/variants", "/verified_email",
        "/default_address", "/plan_name", "/shop_domain",
    ])
}
