import Foundation
import Simulator
import Testing

@Suite struct BytesTests {
    @Test func sameSeedSameBytes() async throws {
        let first = try await Example.sent(SimulationPlan(Example.options()))
        let second = try await Example.sent(SimulationPlan(Example.options()))
        let other = try await Example.sent(SimulationPlan(Example.options(seed: 8)))
        #expect(first.requests.map(\.body) == second.requests.map(\.body))
        #expect(first.requests.map(\.path) == second.requests.map(\.path))
        #expect(first.totals == second.totals)
        #expect(first.requests.map(\.body) != other.requests.map(\.body))
        #expect(first.totals != other.totals)
    }

    @Test func everyBodyIsJSON() async throws {
        let sent = try await Example.sent(SimulationPlan(Example.options(days: 3)))
        for request in sent.requests {
            let text = String(decoding: request.body.prefix(400), as: UTF8.self)
            #expect(throws: Never.self, "\(text)") {
                _ = try JSONSerialization.jsonObject(with: Data(request.body))
            }
        }
        let data = try JSONEncoder().encode(sent.totals)
        #expect(try JSONDecoder().decode(TrueTotals.self, from: data) == sent.totals)
    }

    @Test func identitiesAreCountedAsSent() async throws {
        let (requests, totals) = try await Example.sent(SimulationPlan(Example.options()))
        let events = try SentEvent.all(in: requests)
        #expect(Set(events.map(\.identity)).count == totals.sent.pixelEvents)
        let copies = totals.sent.pixelDuplicates + totals.sent.pixelConflicts
        #expect(events.count == totals.sent.pixelEvents + copies)
        #expect(requests.count == totals.sent.requests)
        #expect(totals.delivery?.requests == totals.sent.requests)
        #expect(events.allSatisfy { $0.time > 0 && $0.time <= Example.end })
    }

    @Test func sizesAreThoseOfRecordings() async throws {
        let (requests, _) = try await Example.sent(SimulationPlan(Example.options()))
        let single = try SentEvent.all(in: requests.filter { !$0.body.starts(with: [0x5B]) })
        let views = single.filter { $0.name == "page_viewed" && $0.bytes > 0 }
        let mean = views.map(\.bytes).reduce(0, +) / max(1, views.count)
        #expect((1300...2600).contains(mean))
        #expect(requests.allSatisfy { $0.body.count < 1 << 20 })
    }

    @Test func webhooksCarryShopifysHeadersAndWideIDs() async throws {
        let (requests, totals) = try await Example.sent(SimulationPlan(Example.options(days: 8)))
        let webhooks = requests.filter { $0.path == "/webhooks" }
        #expect(webhooks.count == totals.sent.webhooks + totals.sent.webhookDuplicates)
        var topics: Set<String> = []
        for webhook in webhooks {
            topics.insert(webhook.header("X-Shopify-Topic") ?? "")
            #expect(webhook.header("X-Shopify-Hmac-Sha256") == "mac-\(webhook.body.count)")
            #expect(webhook.header("X-Shopify-Webhook-Id")?.count == 36)
            #expect(webhook.header("X-Shopify-Shop-Domain") == "sleepwell.myshopify.com")
        }
        #expect(topics.count == 9)
        let ids = Set(webhooks.compactMap { $0.header("X-Shopify-Topic").map { $0 } })
        #expect(ids == Set(totals.webhooks.keys))
        let order = try #require(webhooks.first { $0.header("X-Shopify-Topic") == "orders/create" })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(order.body)) as? [String: Any])
        #expect((object["id"] as? Int ?? 0) > 1 << 53)
    }

    @Test func ordersJoinTheirPixelJourney() async throws {
        let (requests, totals) = try await Example.sent(SimulationPlan(Example.options(days: 8)))
        let events = try SentEvent.all(in: requests)
        let paths = Set(events.compactMap(\.path))
        let checkouts = Set(events.compactMap(\.checkoutToken))
        var joined = 0
        for webhook in requests where webhook.header("X-Shopify-Topic") == "orders/create" {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(webhook.body)) as? [String: Any])
            guard let cart = object["cart_token"] as? String, let checkout = object["checkout_token"] as? String else {
                #expect(object["source_name"] as? String != "web")
                continue
            }
            #expect(paths.contains("/checkouts/cn/\(cart)") && checkouts.contains(checkout))
            joined += 1
        }
        #expect(joined >= totals.total.activity.purchases)
    }
}
