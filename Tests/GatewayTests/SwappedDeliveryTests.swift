import EventModel
import Gateway
import TestSupport
import Testing

/// A signature covers the body only. Whoever has one delivery of a shop must not be able to end, erase, delete or sell
/// anything with it under another topic, or under another shop's name.
@Suite struct SwappedDeliveryTests {
    static let order = #"{"id":7,"total_price":"1.00","line_items":[],"customer":{"id":3}}"#
    static let product = #"{"id":7,"title":"T","variants":[]}"#
    static let refund = #"{"id":7,"order_id":8,"transactions":[]}"#
    static let customer = #"{"id":7,"email":null,"first_name":null,"verified_email":true,"state":"disabled"}"#
    static let redaction = #"{"shop_domain":"\#(Harness.domain)","customer":{"id":3},"orders_to_redact":[]}"#
    static let shop = #"{"id":7,"name":"A","domain":null,"myshopify_domain":null,"plan_name":"basic"}"#
    static let gone = #"{"id":7}"#
    /// Beside a numeric id, as API versions before 2026-04 have it.
    static let checkout = #"{"id":7,"line_items":[],"abandoned_checkout_url":"https://a.example/r","total_price":"1"}"#
    static let draft = #"{"id":7,"order_id":null,"line_items":[],"invoice_url":"https://a.example/i"}"#

    static let swapped: [(topic: String, body: String)] =
        ["shop/redact", "customers/redact", "customers/data_request"].flatMap { topic in
            [order, product, refund, shop, gone, "{}", "[]", "no json"].map { (topic, $0) }
        }
        + ["app/uninstalled", "shop/update", "orders/delete", "products/delete", "customers/delete"].flatMap { topic in
            [order, product, refund, customer, redaction].map { (topic, $0) }
        }
        + ["orders/create", "orders/updated", "orders/paid"].flatMap { topic in
            [product, refund, customer, shop, checkout, draft].map { (topic, $0) }
        } + [
            ("shop/redact", #"{"shop_domain":"other.myshopify.com"}"#),
            ("shop/redact", #"{"shop_domain":null}"#),
            ("app/uninstalled", #"{"id":7,"myshopify_domain":"other.myshopify.com"}"#),
            ("app/uninstalled", gone), ("app/uninstalled", "{}"), ("app/uninstalled", "no json"),
        ]

    static func deliver(
        _ topic: String, _ body: String, _ harness: Harness, shop: String = Harness.domain
    ) async throws -> Int {
        try await harness.client.post(
            "/webhooks", body,
            headers: [
                "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": shop, "X-Shopify-Webhook-Id": topic + body,
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
                ("customers/delete", #"{"id":7,"tax_exemptions":[],"admin_graphql_api_id":"a"}"#),
                ("shop/redact", #"{"shop_id":1,"shop_domain":"\#(Harness.domain)"}"#),
                ("customers/redact", Self.redaction), ("orders/create", Self.order), ("products/update", Self.product),
                ("customers/update", Self.customer), ("refunds/create", Self.refund),
                ("checkouts/create", Self.checkout), ("draft_orders/create", Self.draft),
                ("orders/create", #"{"id":7,"email":"a@example.com"}"#),
                ("orders/risk_assessment_changed", #"{"order_id":7,"risk_level":"low"}"#),
                ("orders/edited", #"{"order_edit":{"id":1,"order_id":7}}"#),
            ]
            for (topic, body) in own {
                let status = try await Self.deliver(topic, body, harness)
                #expect(status == 200, "\(topic) with \(body)")
            }
            let stored = try harness.sink.events()
            #expect(stored.map(\.record.name) == own.map(\.0))
        }
    }

    @Test(arguments: ["webhook_payloads"]) func `no sample passes for another kind`(file: String) async throws {
        let samples = try WebhookVector.load(file)
        func body(_ id: String) throws -> String { try #require(samples.first { $0.id == "docs-2026-01-\(id)" }).body }
        let swaps = try [
            ("customers/delete", body("customers-create")), ("orders/create", body("draft_orders-create")),
            ("orders/create", body("checkouts-create")), ("orders/updated", body("fulfillments-create")),
            ("orders/paid", body("order_transactions-create")), ("app/uninstalled", body("orders-delete")),
            ("orders/create", body("app-uninstalled")), ("app/uninstalled", body("customers-create")),
        ]
        try await Harness.run { harness in
            for (topic, body) in swaps {
                let status = try await Self.deliver(topic, body, harness)
                #expect(status == 401, "\(topic) with \(body.prefix(100))")
            }
        }
    }

    @Test func `a shop's number is the header's`() async throws {
        let samples = try WebhookVector.load("webhook_payloads")
        let uninstalled = try #require(samples.first { $0.id == "docs-2026-01-app-uninstalled" }).body
        let scopes = try #require(samples.first { $0.id == "docs-2026-01-app-scopes_update" }).body
        try await Harness.run { harness in
            for (topic, body) in [("app/uninstalled", uninstalled), ("app/scopes_update", scopes)] {
                let own = try await Self.deliver(topic, body, harness, shop: "installed.myshopify.com")
                let other = try await Self.deliver(topic, body, harness, shop: "neighbour.myshopify.com")
                // A shop that was added by hand: nobody has told its number.
                let unknown = try await Self.deliver(topic, body, harness)
                #expect([own, other, unknown] == [200, 401, 200], "\(topic)")
            }
            let named = #"{"id":1,"myshopify_domain":"installed.myshopify.com"}"#
            let status = try await Self.deliver("app/uninstalled", named, harness, shop: "Installed.myshopify.com")
            #expect(status == 200)
        }
    }
}
