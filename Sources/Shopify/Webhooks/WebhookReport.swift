extension WebhookRegistrar {
    /// What a check found and did.
    struct Report {
        /// The event's payload: topics by what became of them.
        struct Summary: Encodable, Equatable {
            var created: [String] = []
            var repaired: [String] = []
            var removed: [String] = []
            var kept = 0
            var failed: [String] = []
        }

        private(set) var rows: [WebhookTable.Row]
        private(set) var summary = Summary()

        init(kept: [WebhookSubscription]) {
            rows = kept.map { WebhookTable.Row(topic: Self.name($0.topic), subscription: $0.id, message: nil) }
            summary.kept = kept.count
        }

        var hasChanges: Bool {
            !(summary.created.isEmpty && summary.repaired.isEmpty && summary.removed.isEmpty && summary.failed.isEmpty)
        }

        mutating func created(_ topic: String, _ id: String) {
            summary.created.append(Self.name(topic))
            rows.append(WebhookTable.Row(topic: Self.name(topic), subscription: id, message: nil))
        }

        mutating func repaired(_ subscription: WebhookSubscription) {
            summary.repaired.append(Self.name(subscription.topic))
            rows.append(
                WebhookTable.Row(topic: Self.name(subscription.topic), subscription: subscription.id, message: nil))
        }

        mutating func removed(_ topic: String) { summary.removed.append(Self.name(topic)) }

        mutating func failed(_ topic: String, _ message: String) {
            summary.failed.append(Self.name(topic))
            rows.append(WebhookTable.Row(topic: Self.name(topic), subscription: nil, message: message))
        }

        private static func name(_ enumName: String) -> String { WebhookTopics.name(of: enumName) ?? enumName }
    }
}
