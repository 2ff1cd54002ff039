import EventModel
import ReadModels

/// Payloads that nobody honest sends: at every place where a fold looks, whatever JSON can hold. The same seed gives
/// the same payloads.
struct ExtremePayloads {
    var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed) }

    /// Every name that a reader of pixel events, widget events or documents looks for.
    private static let objects = [
        "data", "context", "document", "location", "navigator", "cart", "checkout", "cost", "totalAmount", "totalPrice",
        "productVariant", "product", "cartLine", "merchandise", "collection", "searchResult", "order", "customer",
        "page", "consent", "shop_money", "price_set", "total_price_set", "line_price_set", "amount_set", "order_edit",
        "image", "email_marketing_consent", "line_item",
    ]
    private static let lists = [
        "line_items", "lineItems", "tax_lines", "shipping_lines", "discount_allocations", "refunds", "transactions",
        "refund_line_items", "order_adjustments", "duties", "variants", "options", "images", "additions", "removals",
        "discount_codes", "variant_gids", "payment_gateway_names", "values",
    ]
    private static let scalars = [
        "id", "seq", "name", "href", "pathname", "host", "search", "referrer", "userAgent", "amount", "currencyCode",
        "token", "query", "title", "marketing", "answers", "url", "customerId", "created_at", "updated_at",
        "processed_at", "cancelled_at", "completed_at", "price", "quantity", "current_quantity", "rate", "delta",
        "total_price", "current_total_price", "total_tax", "total_discounts", "currency", "cart_token",
        "checkout_token", "order_id", "parent_id", "line_item_id", "product_id", "variant_id", "inventory_quantity",
        "position", "kind", "status", "tags", "subtotal", "tax_amount", "order_number", "financial_status", "test",
        "body_html", "handle", "vendor", "admin_graphql_api_id", "line_price", "discounted_price", "taxes_included",
        "admin_graphql_api_customer_kept_id", "admin_graphql_api_customer_deleted_id", "state", "consent_updated_at",
    ]

    private static let numbers = [
        "0", "-0", "1e-9223372036854775808", "1e9223372036854775807", "1e-9223372036854775809",
        "-1E+9223372036854775807",
        "1e99999999999999999999999", "1e1000", "1e-1000", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", "92233720368547758.07", "-92233720368547758.08", "500000000000000", "1.7e308", "1e-400",
        "4000000000000", "2147483648", "-1", "0.5e1", "123456789012345678901234567890123456789012345678901234567890.1",
    ]
    private static let texts = [
        "", " ", "\\u0000", "\\ud800", "\\udc00x", "\\\\", "€😀", "EUR", "JPY", "gid://", "gid://shopify/Product/",
        "gid://shopify/Order/9223372036854775808", "gid://shopify/Order/7", "/", "//", "?", "?=&=&", "https://", "://",
        "https://@:/?#", "https://shop.example/a?utm_source=%&gclid=%4", "9999-12-31T23:59:59-23:59",
        "1970-01-01T00:00:00+23:59", "2026-02-30T00:00:00Z", "2026-11-20T13:00:00Z", "true", "paid", "refund",
        "success", "shipping_refund", "<script>", "<", "&#x110000;", "&#", "#", "-", "+", "e", ".",
    ]

    private mutating func pick(_ list: [String]) -> String { list.randomElement(using: &random) ?? "" }

    private mutating func scalar() -> String {
        switch Int.random(in: 0..<12, using: &random) {
        case 0...3: return pick(Self.numbers)
        case 4, 5: return "\"\(pick(Self.numbers))\""
        case 6...8: return "\"\(pick(Self.texts))\""
        case 9: return pick(["true", "false", "null", "[]", "{}", "[[[[]]]]", "{\"sealed\":true}", "[null,{}]"])
        case 10: return "\"\(String(repeating: pick(["a", ".a", "%40", "é", "\\u0301", "/c/"]), count: 3_000))\""
        default: return "7"
        }
    }

    /// A value that fits `key`, or anything. Mostly harmless: an order with one number too large is not folded at all.
    private mutating func value(_ key: String, _ depth: Int) -> String {
        let isOdd = Int.random(in: 0..<12, using: &random) == 0
        if isOdd || depth > 3 { return isOdd ? scalar() : "7" }
        if Self.lists.contains(key) {
            let count = Int.random(in: 0...3, using: &random)
            return "[" + (0..<count).map { _ in object(depth + 1) }.joined(separator: ",") + "]"
        }
        if Self.objects.contains(key) { return object(depth + 1) }
        return Int.random(in: 0..<4, using: &random) == 0 ? scalar() : "7"
    }

    /// An object with some of the names, now and then one twice.
    mutating func object(_ depth: Int = 0) -> String {
        var members: [String] = []
        for _ in 0..<Int.random(in: 3...8, using: &random) {
            let names = [Self.objects, Self.lists, Self.scalars, Self.scalars].randomElement(using: &random) ?? []
            let key = pick(names)
            members.append("\"\(key)\":\(value(key, depth))")
        }
        // Most of what a fold keeps hangs on an id.
        if Int.random(in: 0..<4, using: &random) > 0 {
            members.append("\"id\":\(Int.random(in: 1...5, using: &random))")
        }
        if depth == 0 {
            members.append("\"line_items\":[{\"id\":1,\"tax_lines\":[{\"rate\":\(scalar())}]}]")
            members.append("\"token\":\(Bool.random(using: &random) ? "\"t1\"" : scalar())")
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// Where a visit's facts stand.
    private static let pointers = [
        "/seq", "/customerId", "/page/url", "/consent/marketing", "/answers", "/context/document/location/href",
        "/context/document/location/pathname", "/context/document/location/host", "/context/document/referrer",
        "/context/navigator/userAgent", "/data/productVariant/id", "/data/productVariant/product/id",
        "/data/checkout/lineItems/*/variant/id", "/data/checkout/lineItems/*/variant/product/id",
        "/data/cartLine/cost/totalAmount/amount", "/data/collection/id", "/data/collection/title",
        "/data/searchResult/query", "/data/cart/id", "/data/cart/cost/totalAmount/amount", "/data/checkout/token",
        "/data/checkout/totalPrice/amount", "/data/checkout/order/customer/id",
    ]

    /// An event that says what it can at the usual places.
    mutating func visitEvent() -> String {
        var places: [([Substring], String)] = [(["id"], scalar())]
        for pointer in Self.pointers where Bool.random(using: &random) {
            places.append((pointer.dropFirst().split(separator: "/"), scalar()))
        }
        for amount in ["data/cart/cost/totalAmount", "data/cartLine/cost/totalAmount", "data/checkout/totalPrice"] {
            places.append(((amount + "/currencyCode").split(separator: "/"), "\"EUR\""))
        }
        return Self.text(places)
    }

    private static func text(_ places: [([Substring], String)]) -> String {
        if let whole = places.first(where: { $0.0.isEmpty }) { return whole.1 }
        let groups = Dictionary(grouping: places) { $0.0.first ?? "" }.sorted { $0.key < $1.key }
        let members = groups.map { key, inner in
            (key, text(inner.map { (Array($0.0.dropFirst()), $0.1) }))
        }
        if let (key, value) = members.first, key == "*" { return "[\(value),\(value)]" }
        return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    static let topics = [
        "orders/create", "orders/updated", "orders/edited", "orders/delete", "refunds/create",
        "order_transactions/create", "products/update", "customers/update", "customers/merge", "carts/update",
        "checkouts/update",
    ]
    static let names = ["page_viewed", "cart_viewed", "product_added_to_cart", "checkout_completed", "lead", "x"]

    /// The header of a usual page view.
    static func plain(_ number: Int) -> (record: EventHeader, name: String, payload: [UInt8]) {
        let event = TestEvent(time: 1_790_000_000_000 + Int64(number))
        return (event.header, event.name, event.payload)
    }

    /// One event of any source.
    mutating func event(_ number: Int) -> (record: EventHeader, name: String, payload: [UInt8]) {
        let source = [EventSource.pixel, .widget, .webhook, .history].randomElement(using: &random) ?? .pixel
        let isVisit = source == .pixel || source == .widget
        let hash = Key128(high: random.next(), low: random.next())
        let time: Int64 = 1_790_000_000_000 + Int64(number) * 1_000
        let header = EventHeader(
            shop: 1, source: source, flags: .allConsent, visitorKind: isVisit ? .client : .none,
            country: CountryCode("DE"), occurredAt: time, receivedAt: time,
            key: EventKey.make(timeMillis: time, hash: hash), content: hash.low,
            visitor: isVisit ? Key128(high: 1, low: UInt64(number % 7)) : .zero)
        return (header, pick(isVisit ? Self.names : Self.topics), Array((isVisit ? visitEvent() : object()).utf8))
    }
}
