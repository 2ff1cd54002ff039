import EventModel
import Foundation
import Postgres
import Reactors
import Recorder
import Synchronization
import Testing

@testable import Shopify

@Suite("Sync: webhook subscriptions")
struct SyncWebhookTests {
    private static let uri = "https://app.example.com/webhooks"

    private func subscription(
        _ id: Int, _ topic: String, uri: String = uri, filter: String? = nil
    ) -> WebhookSubscription {
        WebhookSubscription(
            id: "gid://shopify/WebhookSubscription/\(id)", topic: topic, uri: uri, format: "JSON", includeFields: [],
            filter: filter)
    }

    @Test("what is missing is created, what is wrong repaired, what is stale removed, what is foreign left alone")
    func plan() {
        let right = subscription(1, "ORDERS_CREATE")
        let elsewhere = subscription(2, "ORDERS_UPDATED", uri: "https://old.example.com/webhooks")
        let filtered = subscription(3, "CARTS_UPDATE", filter: "id:*")
        let second = subscription(4, "ORDERS_CREATE", uri: "https://old.example.com/webhooks")
        let stale = subscription(5, "THEMES_UPDATE")
        let foreign = subscription(6, "THEMES_CREATE", uri: "https://other.example.com/hooks")
        let plan = SubscriptionPlan(
            wanted: ["ORDERS_CREATE", "ORDERS_UPDATED", "CARTS_UPDATE", "PRODUCTS_UPDATE"],
            existing: [second, foreign, stale, filtered, elsewhere, right], uri: Self.uri)
        #expect(plan.keep == [right])
        #expect(plan.repair == [elsewhere, filtered])
        #expect(plan.create == ["PRODUCTS_UPDATE"])
        #expect(plan.remove == [second, stale])
    }

    @Test("names of topics and of the API's enum lead to each other, and no compliance topic is asked for")
    func topics() {
        for topic in WebhookTopics.wanted {
            #expect(WebhookTopics.name(of: topic.enumName) == topic.name)
        }
        #expect(WebhookTopics.wanted.contains { $0.enumName == "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE" })
        #expect(!WebhookTopics.wanted.contains { $0.name.hasSuffix("redact") || $0.name.hasSuffix("data_request") })
    }

    @Test("a check mends the shop's subscriptions, shows their state, tells, and comes again the next day")
    func check() async throws {
        try await SyncWorld.with { world in
            let made = Mutex<[String: String]>([:])
            world.admin.on(.webhookSubscriptions) { _ throws(AdminError) in
                let nodes = made.withLock { $0 }.map { topic, uri in
                    """
                    {"id":"gid://shopify/WebhookSubscription/\(topic)","topic":"\(topic)","uri":"\(uri)",
                    "format":"JSON","includeFields":[],"filter":""}
                    """
                }
                return """
                    {"webhookSubscriptions":{"pageInfo":{"hasNextPage":false,"endCursor":null},
                    "nodes":[\(nodes.joined(separator: ","))]}}
                    """
            }
            world.admin.on(.webhookSubscriptionCreate) { variables throws(AdminError) in
                let topic = variables["topic"] as? String ?? ""
                let uri = (variables["webhookSubscription"] as? [String: Any])?["uri"] as? String ?? ""
                if topic.hasPrefix("CUSTOMERS") { throw AdminError(.accessDenied, "read_customers is missing") }
                if topic == "CARTS_UPDATE" {
                    return """
                        {"webhookSubscriptionCreate":{"webhookSubscription":null,
                        "userErrors":[{"field":["x"],"message":"no"}]}}
                        """
                }
                made.withLock { $0[topic] = uri }
                return """
                    {"webhookSubscriptionCreate":{"webhookSubscription":{"id":"gid://shopify/WebhookSubscription/1",
                    "topic":"\(topic)","uri":"\(uri)","format":"JSON","includeFields":[],"filter":null},"userErrors":[]}}
                    """
            }
            world.admin.on(
                .webhookSubscriptionUpdate,
                #"{"webhookSubscriptionUpdate":{"webhookSubscription":null,"userErrors":[]}}"#)
            world.admin.on(
                .webhookSubscriptionDelete,
                #"{"webhookSubscriptionDelete":{"deletedWebhookSubscriptionId":"x","userErrors":[]}}"#)
            let registrar = WebhookRegistrar(
                admin: world.admin, shops: world.directory, appURL: "https://app.example.com/",
                nowMillis: { SyncWorld.now })
            guard case .done(let effects) = try await world.finish(registrar) else { throw TaskFailure.permanent("x") }
            #expect(try effects.next.map(\.key) == [world.nextDayKey("webhooks.daily")])
            #expect(effects.next.first?.runAt == SyncWorld.now + 86_400_000)
            #expect(await world.events.names == ["webhooks.registered"])
            let rows = try WebhookTable.list(shop: world.shop.id, on: world.connection)
            #expect(rows.count == WebhookTopics.wanted.count)
            #expect(rows.first { $0.topic == "orders/create" }?.subscription != nil)
            #expect(rows.first { $0.topic == "carts/update" }?.message == "no")
            #expect(rows.first { $0.topic == "customers/update" }?.message?.contains("read_customers") == true)

            // Somebody has turned one away, and one is not wanted: the daily check mends both and tells.
            made.withLock {
                $0["ORDERS_CREATE"] = "https://elsewhere.example.com/webhooks"
                $0["THEMES_UPDATE"] = Self.uri
            }
            _ = try await world.finish(registrar, key: effects.next[0].key)
            #expect(world.admin.calls(.webhookSubscriptionUpdate).count == 1)
            #expect(world.admin.calls(.webhookSubscriptionDelete).count == 1)
            #expect(try #require(world.admin.calls(.webhookSubscriptionUpdate).first).contains("ORDERS_CREATE"))
        }
    }

    @Test("Shopify's silence is a failure that passes; a shop that is gone is left alone")
    func away() async throws {
        try await SyncWorld.with { world in
            world.admin.on(.webhookSubscriptions) { _ throws(AdminError) in throw AdminError(.unavailable, "503") }
            let registrar = WebhookRegistrar(
                admin: world.admin, shops: world.directory, appURL: "https://app.example.com",
                nowMillis: { SyncWorld.now })
            await #expect(throws: AdminError.self) {
                try await registrar.run(world.task(registrar), SavedProgress())
            }
            #expect(!AdminError(.unavailable, "503").taskFailure.isPermanent)
            try world.connection.execute("update registry.shop set status = 'uninstalled'")
            #expect(try await registrar.run(world.task(registrar), SavedProgress()) == .done)
        }
    }
}
