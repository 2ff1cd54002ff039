extension RestMapping {
    /// A product as `products/update` brings it, with all its variants.
    static func product(_ object: HistoryObject, _ writer: inout RestWriter) {
        let node = object.node
        let product = node["id"].gidNumber
        writer.identity(node)
        for (key, member) in [
            ("title", "title"), ("handle", "handle"), ("vendor", "vendor"), ("product_type", "productType"),
            ("body_html", "descriptionHtml"), ("template_suffix", "templateSuffix"), ("created_at", "createdAt"),
            ("updated_at", "updatedAt"), ("published_at", "publishedAt"),
        ] { writer.text(key, node[member].text) }
        writer.word("status", node["status"])
        writer.tags(node["tags"])
        let image = node["featuredMedia"]["preview"]["image"]
        if image.isNull {
            writer.number("image", nil)
        } else {
            writer.object("image") {
                $0.text("src", image["url"].text)
                $0.text("alt", image["altText"].text)
            }
        }
        writer.list("options", of: node["options"].elements) { writer, option in
            writer.number("id", option["id"].gidNumber)
            writer.number("product_id", product)
            writer.text("name", option["name"].text)
            writer.scalar("position", option["position"])
            writer.list("values") { list in
                for value in option["values"].elements { list.element(value.text ?? "") }
            }
        }
        let variants = object.children["ProductVariant"] ?? []
        writer.list("variants", of: variants) { variant(&$0, $1, product: product) }
    }

    private static func variant(_ writer: inout RestWriter, _ node: GraphValue, product: String?) {
        writer.identity(node)
        writer.number("product_id", product)
        for (key, member) in [
            ("title", "title"), ("sku", "sku"), ("barcode", "barcode"), ("price", "price"),
            ("compare_at_price", "compareAtPrice"), ("created_at", "createdAt"), ("updated_at", "updatedAt"),
        ] { writer.text(key, node[member].text) }
        writer.scalar("position", node["position"])
        writer.scalar("inventory_quantity", node["inventoryQuantity"])
        writer.word("inventory_policy", node["inventoryPolicy"])
        writer.bool("taxable", node["taxable"].isTrue)
        for (index, option) in node["selectedOptions"].elements.prefix(optionsMax).enumerated() {
            writer.text("option\(index + 1)", option["value"].text)
        }
    }

    /// REST has option1 to option3.
    private static let optionsMax = 3

    /// A customer as `customers/update` brought it before 2025, with the sums that later deliveries leave out.
    static func customer(_ node: GraphValue, _ writer: inout RestWriter) {
        writer.identity(node)
        let email = node["defaultEmailAddress"]
        writer.text("email", email["emailAddress"].text)
        writer.text("phone", node["defaultPhoneNumber"]["phoneNumber"].text)
        for (key, member) in [
            ("first_name", "firstName"), ("last_name", "lastName"), ("note", "note"), ("locale", "locale"),
            ("created_at", "createdAt"), ("updated_at", "updatedAt"),
        ] { writer.text(key, node[member].text) }
        writer.word("state", node["state"])
        writer.bool("verified_email", node["verifiedEmail"].isTrue)
        writer.bool("tax_exempt", node["taxExempt"].isTrue)
        writer.tags(node["tags"])
        writer.text("currency", node["amountSpent"]["currencyCode"].text)
        writer.text("total_spent", node["amountSpent"]["amount"].text)
        writer.number("orders_count", node["numberOfOrders"].digits)
        writer.gid("last_order_id", node["lastOrder"])
        writer.text("last_order_name", node["lastOrder"]["name"].text)
        if !email["marketingState"].isNull {
            writer.object("email_marketing_consent") {
                $0.word("state", email["marketingState"])
                $0.word("opt_in_level", email["marketingOptInLevel"])
                $0.text("consent_updated_at", email["marketingUpdatedAt"].text)
            }
        }
        writer.address("default_address", node["defaultAddress"])
    }

    /// An abandoned checkout as `checkouts/update` brings it. Its token stands only in the address that leads back to
    /// it; where that has none, the checkout's number stands in, so that it is one checkout all the same.
    static func checkout(_ object: HistoryObject, _ writer: inout RestWriter) {
        let node = object.node
        let id = node["id"].gidNumber
        writer.identity(node)
        let tokens = CheckoutTokens(url: node["abandonedCheckoutUrl"].text ?? "")
        writer.text("token", tokens.checkout ?? tokens.cart ?? id.map { "checkout-\($0)" })
        writer.text("cart_token", tokens.cart)
        for (key, member) in [
            ("name", "name"), ("created_at", "createdAt"), ("updated_at", "updatedAt"),
            ("completed_at", "completedAt"), ("abandoned_checkout_url", "abandonedCheckoutUrl"), ("note", "note"),
        ] { writer.text(key, node[member].text) }
        writer.bool("taxes_included", node["taxesIncluded"].isTrue)
        let total = node["totalPriceSet"]
        writer.text("currency", total["shopMoney"]["currencyCode"].text)
        writer.text("presentment_currency", total["presentmentMoney"]["currencyCode"].text)
        for (key, member) in [
            ("subtotal_price", "subtotalPriceSet"), ("total_discounts", "totalDiscountSet"),
            ("total_line_items_price", "totalLineItemsPriceSet"), ("total_tax", "totalTaxSet"),
            ("total_price", "totalPriceSet"),
        ] { writer.money(key, node[member]) }
        writer.moneySet("total_duties_set", node["totalDutiesSet"])
        writer.list("discount_codes") { list in
            for code in node["discountCodes"].elements { list.object { $0.text("code", code.text) } }
        }
        writer.attributes("note_attributes", node["customAttributes"])
        writer.taxLines(node["taxLines"])
        let customer = node["customer"]
        writer.text("email", customer["defaultEmailAddress"]["emailAddress"].text)
        writer.text("phone", customer["defaultPhoneNumber"]["phoneNumber"].text)
        person(customer, &writer)
        writer.address("billing_address", node["billingAddress"])
        writer.address("shipping_address", node["shippingAddress"])
        writer.list("line_items", of: object.children["AbandonedCheckoutLineItem"] ?? []) { checkoutLine(&$0, $1) }
    }

    private static func checkoutLine(_ writer: inout RestWriter, _ node: GraphValue) {
        writer.number("id", node["id"].gidNumber)
        for (key, member) in [("title", "title"), ("variant_title", "variantTitle"), ("sku", "sku")] {
            writer.text(key, node[member].text)
        }
        writer.scalar("quantity", node["quantity"])
        writer.gid("product_id", node["product"])
        writer.gid("variant_id", node["variant"])
        writer.money("price", node["originalUnitPriceSet"])
        writer.money("line_price", node["discountedTotalPriceSet"])
        writer.attributes("properties", node["customAttributes"])
    }
}

/// The tokens in the path of a checkout's address: `/checkouts/cn/{cart}/recover`, `/checkouts/ac/{checkout}/recover`,
/// `/{shop}/checkouts/{checkout}/recover`.
struct CheckoutTokens: Equatable {
    let checkout: String?
    let cart: String?

    init(url: String) {
        let path = url.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        guard let place = path.firstIndex(of: "checkouts"), place + 1 < path.count else {
            (checkout, cart) = (nil, nil)
            return
        }
        let rest = path[(place + 1)...]
        let token = rest.first.flatMap { $0.count <= 2 ? rest.dropFirst().first : $0 }.map(String.init)
        cart = rest.first == "cn" ? token : nil
        checkout = rest.first == "cn" ? nil : token
    }
}
