internal import EventModel
internal import Postgres
package import Reactors
internal import Recorder

/// Keeps a shop's webhook subscriptions as they should be: after an installation, when the scopes change, and daily,
/// because Shopify deletes subscriptions whose deliveries failed for hours.
package struct WebhookRegistrar: Reactor {
    /// Keys of daily checks begin with it.
    private static let chain = "webhooks.daily"

    private let admin: any AdminCalling
    private let shops: ShopDirectory
    private let uri: String
    private let nowMillis: @Sendable () -> Int64

    /// Deliveries go to `{appURL}/webhooks`.
    package init(
        admin: any AdminCalling, shops: ShopDirectory, appURL: String, nowMillis: @escaping @Sendable () -> Int64
    ) {
        self.admin = admin
        self.shops = shops
        self.uri = (appURL.hasSuffix("/") ? String(appURL.dropLast()) : appURL) + "/webhooks"
        self.nowMillis = nowMillis
    }

    /// Stored with its tasks.
    package var name: String { "webhooks" }

    /// Installations, and changes of what the merchant grants.
    package var interests: [EventInterest] {
        [
            EventInterest(.system, SystemEventName.shopInstalled.rawValue),
            EventInterest(.system, SystemEventName.shopScopesChanged.rawValue),
        ]
    }

    /// A check.
    package func tasks(for event: ReactorEvent) -> [NewTask] {
        [NewTask(reactor: name, key: "\(name):\(event.place)")]
    }

    /// Compares and mends. A topic that Shopify refuses, for want of a scope, is noted and does not stop the others.
    package func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        guard try await shops.active(task.shop) != nil else { return .done }
        let plan = SubscriptionPlan(
            wanted: WebhookTopics.wanted.map(\.enumName), existing: try await existing(task.shop), uri: uri)
        var report = Report(kept: plan.keep)
        for topic in plan.create { try await create(topic, task.shop, &report) }
        for subscription in plan.repair { try await repair(subscription, task.shop, &report) }
        for subscription in plan.remove { try await remove(subscription, task.shop, &report) }
        let (rows, shop, uri, now) = (report.rows, task.shop, uri, nowMillis())
        try await shops.pool.run { try WebhookTable.replace(rows, uri: uri, shop: shop, nowMillis: now, on: $0) }
        let next = try await shops.nextDay(task, chain: Self.chain, nowMillis: now)
        let isNews = report.hasChanges || !task.key.hasPrefix(Self.chain)
        let result = TaskResult.event(
            .webhooksRegistered, report.summary, identity: "webhooks:\(task.id):\(task.claim)", at: now)
        return .done(TaskEffects(results: isNews ? [result] : [], next: [next]))
    }

    /// The next day's check.
    package func next(afterGivingUp task: ReactorTask) async throws -> [NewTask] {
        guard try await shops.active(task.shop) != nil else { return [] }
        return [try await shops.nextDay(task, chain: Self.chain, nowMillis: nowMillis())]
    }

    private func existing(_ shop: ShopID) async throws(AdminError) -> [WebhookSubscription] {
        struct Answer: Decodable {
            struct Connection: Decodable {
                let pageInfo: PageInfo
                let nodes: [WebhookSubscription]
            }
            let webhookSubscriptions: Connection
        }
        var all: [WebhookSubscription] = []
        var after: String?
        while true {
            let answer: Answer = try await admin.ask(.webhookSubscriptions, ["after": after], shop: shop)
            all += answer.webhookSubscriptions.nodes
            guard let next = answer.webhookSubscriptions.pageInfo.next else { return all }
            after = next
        }
    }

    private struct Input: Encodable {
        struct Subscription: Encodable {
            let uri: String
            let format = "JSON"
            var includeFields: [String]?
            var filter: String?
        }
        var topic: String?
        var id: String?
        let webhookSubscription: Subscription
    }

    private func create(_ topic: String, _ shop: ShopID, _ report: inout Report) async throws(AdminError) {
        struct Answer: Decodable {
            struct Result: Decodable {
                let webhookSubscription: WebhookSubscription?
                let userErrors: [UserError]
            }
            let webhookSubscriptionCreate: Result
        }
        let input = Input(topic: topic, webhookSubscription: Input.Subscription(uri: uri))
        do throws(AdminError) {
            let answer: Answer = try await admin.ask(.webhookSubscriptionCreate, input, shop: shop)
            let result = answer.webhookSubscriptionCreate
            if let made = result.webhookSubscription {
                report.created(topic, made.id)
            } else {
                report.failed(topic, UserError.text(result.userErrors))
            }
        } catch {
            guard error.code == .accessDenied || error.code == .invalid else { throw error }
            report.failed(topic, error.description)
        }
    }

    private func repair(
        _ subscription: WebhookSubscription, _ shop: ShopID, _ report: inout Report
    ) async throws(AdminError) {
        struct Answer: Decodable {
            struct Result: Decodable { let userErrors: [UserError] }
            let webhookSubscriptionUpdate: Result
        }
        let input = Input(
            id: subscription.id, webhookSubscription: Input.Subscription(uri: uri, includeFields: [], filter: ""))
        let answer: Answer = try await admin.ask(.webhookSubscriptionUpdate, input, shop: shop)
        let errors = answer.webhookSubscriptionUpdate.userErrors
        if errors.isEmpty {
            report.repaired(subscription)
        } else {
            report.failed(subscription.topic, UserError.text(errors))
        }
    }

    private func remove(
        _ subscription: WebhookSubscription, _ shop: ShopID, _ report: inout Report
    ) async throws(AdminError) {
        struct Answer: Decodable {
            struct Result: Decodable { let userErrors: [UserError] }
            let webhookSubscriptionDelete: Result
        }
        // One that is gone already is reported as a user error and is what was wanted.
        let _: Answer = try await admin.ask(.webhookSubscriptionDelete, ["id": subscription.id], shop: shop)
        report.removed(subscription.topic)
    }
}

/// Where a page of a list ends.
struct PageInfo: Decodable {
    let hasNextPage: Bool
    let endCursor: String?

    /// Where the next page begins; nil after the last.
    var next: String? { hasNextPage ? endCursor : nil }
}
