/// Webhook subscriptions, with the refusals that were recorded (Tests/Fixtures/admin_graphql.json).
extension ShopState {
    mutating func createSubscription(_ arguments: WireValue, _ context: AdminContext) -> MutationPayload {
        let input = arguments["webhookSubscription"]
        let topic = arguments["topic"].text ?? ""
        let uri = input["uri"].text ?? input["callbackUrl"].text ?? ""
        if let refusal = Self.refusal(of: uri) ?? Self.refusal(ofFilter: input["filter"].text) { return refusal }
        if let scope = Self.scope(ofTopic: topic), !context.scopes.contains(scope) {
            return .refused(
                ["webhookSubscription", "topic"],
                "You do not have permission to create or update webhooks with \(topic) topic.")
        }
        var subscription = WebhookSubscription(
            id: GlobalID.text("WebhookSubscription", nextID()), topic: topic, uri: uri, format: "JSON", filter: "",
            includeFields: [], metafieldNamespaces: [], name: nil, createdAt: context.now, updatedAt: context.now)
        Self.apply(input, to: &subscription)
        guard !isTaken(subscription) else {
            return .refused(
                ["webhookSubscription", "callbackUrl"], "Address for this topic has already been taken")
        }
        subscriptions.append(subscription)
        return payload(subscription, context)
    }

    mutating func updateSubscription(_ arguments: WireValue, _ context: AdminContext) -> MutationPayload {
        guard let index = subscriptions.firstIndex(where: { $0.id == arguments["id"].text }) else {
            return .refused(["id"], "Webhook subscription does not exist")
        }
        let input = arguments["webhookSubscription"]
        var subscription = subscriptions[index]
        Self.apply(input, to: &subscription)
        if let refusal = Self.refusal(of: subscription.uri) ?? Self.refusal(ofFilter: subscription.filter) {
            return refusal
        }
        subscription.updatedAt = context.now
        subscriptions[index] = subscription
        return payload(subscription, context)
    }

    mutating func deleteSubscription(_ arguments: WireValue) -> MutationPayload {
        guard let index = subscriptions.firstIndex(where: { $0.id == arguments["id"].text }) else {
            return .refused(["id"], "Webhook subscription does not exist")
        }
        return MutationPayload(things: ["deletedWebhookSubscriptionId": .text(subscriptions.remove(at: index).id)])
    }

    func listSubscriptions(_ arguments: WireValue, _ context: AdminContext) -> [WebhookSubscription] {
        let topics = arguments["topics"].elements.compactMap(\.text)
        let uri = arguments["uri"].text ?? arguments["callbackUrl"].text
        return subscriptions.filter { subscription in
            (topics.isEmpty || topics.contains(subscription.topic)) && (uri == nil || subscription.uri == uri)
        }
    }

    private static func apply(_ input: WireValue, to subscription: inout WebhookSubscription) {
        if let uri = input["uri"].text ?? input["callbackUrl"].text { subscription.uri = uri }
        if let format = input["format"].text { subscription.format = format }
        if let filter = input["filter"].text { subscription.filter = filter }
        if input.has("includeFields") {
            subscription.includeFields = input["includeFields"].elements.compactMap(\.text)
        }
        if input.has("metafieldNamespaces") {
            subscription.metafieldNamespaces = input["metafieldNamespaces"].elements.compactMap(\.text)
        }
        if let name = input["name"].text { subscription.name = name }
    }

    private func isTaken(_ new: WebhookSubscription) -> Bool {
        subscriptions.contains {
            $0.topic == new.topic && $0.uri == new.uri && $0.format == new.format && $0.filter == new.filter
        }
    }

    private func payload(_ subscription: WebhookSubscription, _ context: AdminContext) -> MutationPayload {
        MutationPayload(
            things: [
                "webhookSubscription": .node(SubscriptionNode(subscription: subscription, version: context.version))
            ])
    }

    private static func refusal(of uri: String) -> MutationPayload? {
        let field = ["webhookSubscription", "callbackUrl"]
        if uri.isEmpty { return .refused(field, "Address can't be blank") }
        if uri.hasPrefix("pubsub://") || uri.hasPrefix("arn:") { return nil }
        guard uri.hasPrefix("https://") else {
            let scheme = uri.prefix { $0 != ":" }
            return .refused(field, "Address protocol \(scheme)\(uri.contains("://") ? "://" : "") is not supported")
        }
        let host = uri.dropFirst(8).prefix { !"/:?#".contains($0) }
        let isInternal =
            host == "localhost" || host.hasPrefix("127.")
            || [".myshopify.com", ".myshopify.io", ".shopify.com", ".local"].contains(where: host.hasSuffix)
        return isInternal ? .refused(field, "Address cannot be a Shopify or an internal domain") : nil
    }

    private static func refusal(ofFilter filter: String?) -> MutationPayload? {
        guard let filter,
            filter.split(separator: " ").contains(where: { !$0.contains(":") && $0 != "OR" && $0 != "AND" })
        else { return nil }
        return .refused(
            ["webhookSubscription", "filter"],
            "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on.")
    }

    /// The scope that a topic needs (shopify.md, section 4.2).
    private static func scope(ofTopic topic: String) -> String? {
        if topic.hasPrefix("DRAFT_ORDERS_") { return "read_draft_orders" }
        let orders = ["ORDERS_", "REFUNDS_", "ORDER_TRANSACTIONS_", "CHECKOUTS_", "CARTS_"]
        if orders.contains(where: topic.hasPrefix) { return "read_orders" }
        if topic.hasPrefix("CUSTOMERS_") { return "read_customers" }
        return topic.hasPrefix("PRODUCTS_") ? "read_products" : nil
    }
}
