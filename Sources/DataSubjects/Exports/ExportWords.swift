internal import EventModel

/// Words for people who read an export.
enum ExportWords {
    /// What goes with every export.
    static let notes = [
        "All that this analytics application holds of the person for the shop; Shopify and the shop's other applications "
            + "hold their own.",
        "Network addresses are never stored. Visits without consent are known by a pseudonym whose key is destroyed "
            + "after 48 hours; they are listed only where the person was named in them.",
        "Events of the link `same_visit` name nobody; they belong to a visit in which the person was named. Those of the link "
            + "`own_browser` come from a browser or a cart that was the person's and, as far as is known, nobody else's.",
        "Events of the link `set_aside` could not be taken into the records, mostly because another one came under the same "
            + "number first; they are kept apart and count nowhere.",
        "Handles that were not followed are addresses, numbers, purchases and browsers named beside the person in events that "
            + "anybody's browser may send, more of them than a shopper leaves; a request that names one shows what it has.",
        "Values of events that are not readable are sealed under keys that were destroyed; nobody can read them.",
    ]

    /// How events of a source came here.
    static func source(_ source: EventSource) -> String {
        switch source {
        case .pixel: "The web pixel in the pages of the shop"
        case .widget: "The shop's widget, filled in by the visitor"
        case .webhook: "Shopify told the application when it happened"
        case .history: "Read from Shopify when the application was installed or caught up"
        case .system: "Written by the application itself"
        }
    }

    /// What an event is, in plain words; its own name where there are none.
    static func event(_ name: String) -> String {
        if let words = events[name] { return words }
        let parts = name.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let thing = things[String(parts[0])] else {
            return name.replacing("_", with: " ")
        }
        let deed = deeds[String(parts[1])] ?? String(parts[1]).replacing("_", with: " ")
        return "\(thing) \(deed)"
    }

    private static let events = [
        "page_viewed": "Looked at a page", "product_viewed": "Looked at a product",
        "collection_viewed": "Looked at a collection", "search_submitted": "Searched the shop",
        "cart_viewed": "Looked at the cart", "product_added_to_cart": "Put a product into the cart",
        "product_removed_from_cart": "Took a product out of the cart", "checkout_started": "Began to check out",
        "checkout_contact_info_submitted": "Gave contact data at the checkout",
        "checkout_address_info_submitted": "Gave an address at the checkout",
        "checkout_shipping_info_submitted": "Chose how to ship", "payment_info_submitted": "Gave payment data",
        "checkout_completed": "Finished the checkout", "lead": "Left contact data in the widget",
        "session_start": "Opened the widget", "chat": "Wrote to the widget",
    ]

    private static let things = [
        "orders": "An order was", "customers": "The customer's record was", "checkouts": "A checkout was",
        "carts": "A cart was", "refunds": "A refund was", "draft_orders": "A draft order was",
        "order_transactions": "A payment was", "fulfillments": "A shipment was",
        "customers_email_marketing_consent": "Consent to e-mail marketing was",
        "customers_marketing_consent": "Consent to marketing was",
    ]

    private static let deeds = [
        "create": "made", "update": "changed", "updated": "changed", "delete": "deleted", "paid": "paid",
        "cancelled": "cancelled", "fulfilled": "shipped", "partially_fulfilled": "shipped in part", "edited": "edited",
        "enable": "enabled", "disable": "disabled", "merge": "merged with another",
    ]
}
