/// A subscription made through the API.
package struct WebhookSubscription: Sendable, Hashable {
    package var id: String
    /// As GraphQL names it: `ORDERS_CREATE`.
    package var topic: String
    package var uri: String
    package var format: String
    package var filter: String
    package var includeFields: [String]
    package var metafieldNamespaces: [String]
    package var name: String?
    package var createdAt: Int64
    package var updatedAt: Int64

    /// The topic as deliveries name it: `orders/create`.
    package var deliveryTopic: String { Self.deliveryTopic(topic) }

    /// `ORDER_TRANSACTIONS_CREATE` to `order_transactions/create`: only the last underscore before the verb is a slash,
    /// and with a customer's tags a point (shopify.dev, "Webhooks").
    package static func deliveryTopic(_ topic: String) -> String {
        let words = topic.lowercased().split(separator: "_")
        let twoWordVerbs: Set = [
            "scopes_update", "purchasing_summary", "partially_fulfilled", "tags_added", "tags_removed",
        ]
        let tail = words.count > 2 && twoWordVerbs.contains(words.suffix(2).joined(separator: "_")) ? 2 : 1
        let verb = words.suffix(tail).joined(separator: "_")
        return words.dropLast(tail).joined(separator: "_") + (verb.hasPrefix("tags_") ? "." : "/") + verb
    }
}

/// GraphQL's `WebhookSubscription`.
struct SubscriptionNode: GraphNode {
    let subscription: WebhookSubscription
    let version: String
    var typeName: String { "WebhookSubscription" }

    func field(_ name: String) -> GraphTree? {
        switch name {
        case "id": .text(subscription.id)
        case "legacyResourceId": .text(GlobalID.parse(subscription.id).map { String($0.id) })
        case "topic": .text(subscription.topic)
        case "uri", "callbackUrl": .text(subscription.uri)
        case "format": .text(subscription.format)
        case "filter": .text(subscription.filter)
        case "includeFields": .texts(subscription.includeFields)
        case "metafieldNamespaces": .texts(subscription.metafieldNamespaces)
        case "metafields": .value([])
        case "name": .text(subscription.name)
        case "createdAt": .time(subscription.createdAt)
        case "updatedAt": .time(subscription.updatedAt)
        case "endpoint":
            .value(["__typename": "WebhookHttpEndpoint", "callbackUrl": .string(subscription.uri)])
        case "apiVersion":
            .value(["handle": .string(version), "displayName": .string(version), "supported": true])
        default: nil
        }
    }
}
