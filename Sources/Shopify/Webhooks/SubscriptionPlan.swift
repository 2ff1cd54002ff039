/// A subscription as Shopify has it.
struct WebhookSubscription: Decodable, Equatable, Sendable {
    let id: String
    let topic: String
    let uri: String
    let format: String
    let includeFields: [String]
    let filter: String?
}

/// What has to be done so that a shop's subscriptions are as wanted. Pure.
struct SubscriptionPlan: Equatable {
    /// Enum names without a subscription.
    var create: [String] = []
    /// Subscriptions with another address, or that deliver less than everything.
    var repair: [WebhookSubscription] = []
    /// Of topics that are not wanted, and second ones of a topic: each delivery would come twice.
    var remove: [WebhookSubscription] = []
    /// As they should be.
    var keep: [WebhookSubscription] = []

    /// The plan for `wanted` (enum names) at the address `uri`. Only this app's subscriptions are listed by Shopify;
    /// among those of topics that are not wanted, only the ones at our own address are ours to remove.
    init(wanted: [String], existing: [WebhookSubscription], uri: String) {
        for topic in wanted {
            // Those that are right come first, so that of two the right one stays.
            let all = existing.filter { $0.topic == topic }.sorted { left, right in
                (left.isRight(uri) ? 0 : 1, left.id) < (right.isRight(uri) ? 0 : 1, right.id)
            }
            guard let first = all.first else {
                create.append(topic)
                continue
            }
            if first.isRight(uri) { keep.append(first) } else { repair.append(first) }
            remove += all.dropFirst()
        }
        remove += existing.filter { !wanted.contains($0.topic) && $0.uri == uri }
    }
}

extension WebhookSubscription {
    /// Delivers everything to `uri`.
    func isRight(_ uri: String) -> Bool {
        self.uri == uri && format == "JSON" && includeFields.isEmpty && (filter ?? "").isEmpty
    }
}
