internal import Foundation
internal import ShopifyStandIn

/// A customer whom all sources know: checkouts by the pixel, orders by webhook, leads by the widget.
struct BenchPerson: Sendable {
    /// Persons with different numbers have nothing in common but names and town.
    let number: Int
    /// No number of one kind may stand in another's: the search after an erasure would find it.
    var customer: Int { 6_100_000_000_000 + number }
    var email: String { "person.\(customer)@bench-shopper.example" }

    /// What is posted: a path, headers and a body.
    struct Post {
        let path: String
        var headers: [(String, String)] = []
        let body: String
    }

    /// Checkouts of a person, each of which becomes an order.
    private static let checkouts = 4
    private static let steps = [
        "checkout_contact_info_submitted", "checkout_address_info_submitted", "checkout_completed",
    ]
    private static let leads = 4
    /// What the log has of a person: the widget's session is an event, too.
    static let events = checkouts * (steps.count + 1) + 1 + leads
    private static let widget = "/apps/mattressai"
    private static let origin = "https://www.bench.example"

    private var phone: String { "+49301\(2_000_000 + number)" }
    private var address: String {
        #"{"address1":"Lane of Person \#(customer)","city":"Berlin","firstName":"Ada","lastName":"Bench","zip":"10115"}"#
    }
    private func order(_ number: Int) -> Int { 5_400_000_000_000 + self.number * 10 + number }
    private func token(_ number: Int) -> String { "checkout-\(order(number))" }

    /// Pixel events and orders.
    func posts(_ shop: Rig.Shop, signer: ShopifySigner) -> [Post] {
        (0..<Self.checkouts).flatMap { number in
            Self.steps.map { Post(path: "/v1/pixel/\(shop.account_id)", body: checkout(number, $0)) }
                + [webhook(number, shop, signer)]
        }
    }

    /// Opens the widget, whose answer has what leads need.
    func opening(_ shop: Rig.Shop) -> Post {
        Post(
            path: Self.widget + "/session/start", headers: [("Origin", Self.origin)],
            body: #"""
                {"tenantId":"\#(shop.shop)","clientId":"\#(UUID().uuidString)","page":{"url":"\#(Self.origin)/"}}
                """#)
    }

    func leads(session: String, token: String) -> [Post] {
        (0..<Self.leads).map { _ in
            Post(
                path: Self.widget + "/lead", headers: [("Origin", Self.origin)],
                body: #"""
                    {"sessionId":"\#(session)","id":"\#(UUID().uuidString)","token":"\#(token)","email":"\#(email)",\#
                    "phone":"\#(phone)","name":"Ada Bench","answers":{"budget":900}}
                    """#)
        }
    }

    private func checkout(_ number: Int, _ step: String) -> String {
        let placed = #"{"id":"\#(order(number))","customer":{"id":"\#(customer)"}}"#
        return #"""
            {"id":"\#(UUID().uuidString)","name":"\#(step)","type":"standard","clientId":"\#(UUID().uuidString)",\#
            "timestamp":"\#(now)","seq":0,"data":{"checkout":{"token":"\#(token(number))","email":"\#(email)",\#
            "phone":"\#(phone)","shippingAddress":\#(address),"totalPrice":{"amount":20.0,"currencyCode":"EUR"},\#
            "lineItems":[],"order":\#(step == "checkout_completed" ? placed : "{}")}},\#
            "context":{"document":{"location":{"href":"\#(Self.origin)/checkout"}}}}
            """#
    }

    private func webhook(_ number: Int, _ shop: Rig.Shop, _ signer: ShopifySigner) -> Post {
        let body = #"""
            {"id":\#(order(number)),"checkout_token":"\#(token(number))","email":"\#(email)","created_at":"\#(now)",\#
            "processed_at":"\#(now)","updated_at":"\#(now)","currency":"EUR","financial_status":"paid",\#
            "total_price":"20.00","subtotal_price":"20.00","total_tax":"0.00","total_discounts":"0.00","line_items":[],\#
            "customer":{"id":\#(customer),"email":"\#(email)","phone":"\#(phone)","first_name":"Ada",\#
            "last_name":"Bench"},"test":false}
            """#
        return Post(
            path: "/webhooks",
            headers: [
                ("X-Shopify-Topic", "orders/create"), ("X-Shopify-Shop-Domain", shop.shop),
                ("X-Shopify-Hmac-Sha256", signer.webhookSignature(Array(body.utf8))),
                ("X-Shopify-Webhook-Id", UUID().uuidString), ("X-Shopify-Event-Id", UUID().uuidString),
                ("X-Shopify-API-Version", "2026-07"), ("X-Shopify-Triggered-At", now),
            ], body: body)
    }

    private var now: String { Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}
