/// The topics that Footfall subscribes to at each shop. The compliance topics are not among them: Shopify takes them
/// from `shopify.app.toml` only (shopify.dev, "Privacy law compliance").
enum WebhookTopics {
    /// A topic and what it needs.
    struct Topic: Sendable, Equatable {
        /// As deliveries name it: `orders/updated`.
        let name: String
        /// The scope without which Shopify refuses the subscription; nil for none.
        let scope: String?

        /// The name in the Admin API's enum: `ORDERS_UPDATED`.
        var enumName: String {
            String(name.uppercased().map { $0.isLetter ? $0 : "_" })
        }
    }

    /// What the read models use (pipelines/webhooks.yaml), and what the app itself must hear of.
    static let wanted: [Topic] =
        topics(
            "read_orders",
            [
                "orders/create", "orders/updated", "orders/cancelled", "orders/edited", "orders/delete",
                "refunds/create", "order_transactions/create", "checkouts/create", "checkouts/update",
                "checkouts/delete", "carts/create", "carts/update",
            ])
        + topics(
            "read_customers",
            [
                "customers/create", "customers/update", "customers/delete", "customers/enable", "customers/disable",
                "customers/merge", "customers_email_marketing_consent/update", "customer.tags_added",
                "customer.tags_removed",
            ])
        + topics("read_products", ["products/create", "products/update", "products/delete"])
        + topics(nil, ["app/uninstalled", "app/scopes_update", "shop/update", "bulk_operations/finish"])

    /// A topic's name by its enum; nil for one that is not wanted.
    static func name(of enumName: String) -> String? { names[enumName] }

    private static let names = Dictionary(
        wanted.map { ($0.enumName, $0.name) }, uniquingKeysWith: { first, _ in first })

    private static func topics(_ scope: String?, _ names: [String]) -> [Topic] {
        names.map { Topic(name: $0, scope: scope) }
    }
}
