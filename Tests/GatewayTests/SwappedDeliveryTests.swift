import EventModel
import Gateway
import TestSupport
import Testing

/// A signature covers the body only. Whoever has one delivery of a shop must not be able to end, erase or delete
/// anything with it under another topic.
@Suite struct SwappedDeliveryTests {
    static let order = #"{"id":7,"total_price":"1.00","line_items":[],"customer":{"id":3}}"#
    static let product = #"{"id":7,"title":"T","variants":[]}"#
    static let refund = #"{"id":7,"order_id":8,"transactions":[]}"#
    static let redaction = #"{"shop_domain":"\#(Harness.domain)","customer":{"id":3},"orders_to_redact":[]}"#
    static let shop = #"{"id":7,"name":"A","domain":null,"myshopify_domain":null,"plan_name":"basic"}"#
    static let gone = #"{"id":7}"#

    static let swapped: [(topic: String, body: String)] =
        ["shop/redact", "customers/redact", "customers/data_request"].flatMap { topic in
            [order, product, refund, shop, gone, "{}", "[]", "no json"].map { (topic, $0) }
        }
        + ["app/uninstalled", "shop/update", "orders/delete", "products/delete"].flatMap { topic in
            [order, product, refund, redaction].map { (topic, $0) }
        } + [
            ("shop/redact", #"{"shop_domain":"other.myshopify.com"}"#),
            ("shop/redact", #"{"shop_domain":null}"#),
            ("app/uninstalled", #"{"id":7,"myshopify_domain":"other.myshopify.com"}"#),
        ]

    static func deliver(_ topic: String, _ body: String, _ harness: Harness) async throws -> Int {
        try await harness.client.post(
            "/webhooks", body,
            headers: [
                "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": Harness.domain, "X-Shopify-Webhook-Id": topic + body,
                "X-Shopify-Hmac-Sha256": Signing.webhook(body, Harness.secret), "content-type": "application/json",
            ]
        ).status
    }

    @Test func `a body under a foreign topic is refused`() async throws {
        try await Harness.run { harness in
            for (topic, body) in Self.swapped {
                let status = try await Self.deliver(topic, body, harness)
                #expect(status == 401, "\(topic) with \(body)")
            }
            let stored = try harness.sink.events()
            #expect(stored.isEmpty)
        }
    }

    @Test func `a body under its own topic is taken`() async throws {
        try await Harness.run { harness in
            let own = [
                ("app/uninstalled", Self.shop), ("orders/delete", Self.gone), ("products/delete", Self.gone),
                ("shop/redact", #"{"shop_id":1,"shop_domain":"\#(Harness.domain)"}"#),
                ("customers/redact", Self.redaction), ("orders/create", Self.order), ("products/update", Self.product),
            ]
            for (topic, body) in own {
                let status = try await Self.deliver(topic, body, harness)
                #expect(status == 200, "\(topic) with \(body)")
            }
            let stored = try harness.sink.events()
            #expect(stored.map(\.record.name) == own.map(\.0))
        }
    }
}
