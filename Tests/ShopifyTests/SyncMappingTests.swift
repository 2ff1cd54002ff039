import EventModel
import Foundation
import Recorder
import Testing

@testable import Shopify

@Suite("Sync: mapping to the REST shape")
struct SyncMappingTests {
    private func json(_ bytes: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    private func value(_ text: String) throws -> GraphValue { try #require(GraphReader.read(Array(text.utf8))) }

    static func money(_ amount: String, _ other: String? = nil) -> String {
        """
        {"shopMoney":{"amount":"\(amount)","currencyCode":"USD"},
        "presentmentMoney":{"amount":"\(other ?? amount)","currencyCode":"EUR"}}
        """
    }

    @Test("an order has the names, ids and decimals of a webhook")
    func order() throws {
        let node = try value(
            """
            {"id":"gid:\\/\\/shopify\\/Order\\/820982911946154508","name":"#1001","number":1001,
            "createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-02T00:00:00Z","processedAt":null,
            "displayFinancialStatus":"PARTIALLY_REFUNDED","displayFulfillmentStatus":"UNFULFILLED",
            "cancelReason":"CUSTOMER","currencyCode":"USD","presentmentCurrencyCode":"EUR","taxesIncluded":false,
            "test":false,"tags":["vip","new"],"email":"jane@example.com","discountCodes":["TEN"],
            "paymentGatewayNames":["bogus"],"totalPriceSet":\(Self.money("31.0", "28.5")),
            "customAttributes":[{"key":"_footfall_client_id","value":"c1"}],
            "customer":{"id":"gid://shopify/Customer/7","defaultEmailAddress":{"emailAddress":"jane@example.com"}},
            "transactions":[{"id":"gid://shopify/OrderTransaction/5","kind":"SALE","status":"SUCCESS",
            "gateway":"bogus","test":false,"amountSet":\(Self.money("31.0")),
            "parentTransaction":{"id":"gid://shopify/OrderTransaction/4"}}],
            "refunds":[{"id":"gid://shopify/Refund/9","note":"broken","createdAt":"2026-01-03T00:00:00Z",
            "refundLineItems":{"nodes":[{"id":"gid://shopify/RefundLineItem/3","quantity":1,"restockType":"RETURN",
            "subtotalSet":\(Self.money("10.0")),"totalTaxSet":\(Self.money("0.8")),
            "lineItem":{"id":"gid://shopify/LineItem/2"}}]},
            "refundShippingLines":{"nodes":[{"id":"gid://shopify/RefundShippingLine/8",
            "subtotalAmountSet":\(Self.money("5.0")),"taxAmountSet":\(Self.money("0.0"))}]}}]}
            """)
        let line = try value(
            """
            {"__typename":"LineItem","id":"gid://shopify/LineItem/2","title":"Foam","sku":null,"quantity":2,
            "currentQuantity":1,"originalUnitPriceSet":\(Self.money("10.0")),
            "discountAllocations":[{"allocatedAmountSet":\(Self.money("1.5")),"discountApplication":{"index":0}}],
            "product":{"id":"gid://shopify/Product/11"},"variant":null}
            """)
        var object = HistoryObject(node: node)
        object.add(line)
        let event = try #require(RestMapping.event(object, .orders))
        #expect(event.name == "orders/updated" && event.occurredAt == 1_767_312_000_000)
        #expect(event.identity == "820982911946154508:1767312000000")
        let text = String(decoding: event.payload, as: UTF8.self)
        #expect(text.contains(#""id":820982911946154508,"#))
        let order = try json(event.payload)
        #expect(order["financial_status"] as? String == "partially_refunded")
        #expect(order["fulfillment_status"] is NSNull && order["cancel_reason"] as? String == "customer")
        #expect(order["tags"] as? String == "vip, new" && order["order_number"] as? Int == 1001)
        #expect(order["total_price"] as? String == "31.0" && order["presentment_currency"] as? String == "EUR")
        let set = try #require(order["total_price_set"] as? [String: [String: String]])
        #expect(set["presentment_money"] == ["amount": "28.5", "currency_code": "EUR"])
        let lines = try #require(order["line_items"] as? [[String: Any]])
        #expect(lines[0]["product_id"] as? Int == 11 && lines[0]["variant_id"] is NSNull)
        #expect((lines[0]["discount_allocations"] as? [[String: Any]])?[0]["amount"] as? String == "1.5")
        let transaction = try #require((order["transactions"] as? [[String: Any]])?[0])
        #expect(transaction["kind"] as? String == "sale" && transaction["parent_id"] as? Int == 4)
        #expect(transaction["amount"] as? String == "31.0" && transaction["currency"] as? String == "USD")
        let refund = try #require((order["refunds"] as? [[String: Any]])?[0])
        let refunded = try #require((refund["refund_line_items"] as? [[String: Any]])?[0])
        #expect(refunded["line_item_id"] as? Int == 2 && refunded["subtotal"] as? String == "10.0")
        let adjustment = try #require((refund["order_adjustments"] as? [[String: Any]])?[0])
        #expect(adjustment["kind"] as? String == "shipping_refund" && adjustment["amount"] as? String == "-5.0")
        #expect(adjustment["tax_amount"] as? String == "0.0")
    }

    @Test("tokens of checkouts are read from the address that leads back")
    func checkoutTokens() {
        let cart = CheckoutTokens(url: "https://s.myshopify.com/checkouts/cn/Z2NwLX/recover?key=k")
        #expect(cart.cart == "Z2NwLX" && cart.checkout == nil)
        let ac = CheckoutTokens(url: "https://s.myshopify.com/checkouts/ac/abc123/recover?key=k")
        #expect(ac.cart == nil && ac.checkout == "abc123")
        let old = CheckoutTokens(url: "https://s.myshopify.com/548380009/checkouts/9f2c/recover?key=k")
        #expect(old.checkout == "9f2c")
        #expect(CheckoutTokens(url: "").checkout == nil)
    }

    @Test("texts that are no JSON are nobody's value")
    func strictness() {
        for text in ["", "{", "{\"a\":}", "[1,]", "nul", "{\"a\":1}x", "\"\\", String(repeating: "[", count: 100)] {
            #expect(GraphReader.read(Array(text.utf8)) == nil, "\(text.prefix(10))")
        }
        #expect(GraphReader.read(Array(#"{"a":"x\/y\u00e9","b":[1.50,true,null]}"#.utf8))?["a"].text == "x/yé")
    }
}
