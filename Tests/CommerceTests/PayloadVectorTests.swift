import EventModel
import Foundation
import Pipelines
import Postgres
import ReadModels
import TestSupport
import Testing

/// Every summary of the recorded webhooks against what the read models make of their bodies. A key that the test does
/// not know is a failure.
@Suite struct PayloadVectorTests {
    struct Case {
        let id: String
        let shop: ShopID
        let topic: String
        let body: String
        let expected: [String: Any]

        func has(_ prefix: String) -> Bool { topic.hasPrefix(prefix) }
    }

    /// A key and the SQL of one text that the shop `$1` shows for it.
    typealias Columns = [String: String]

    static func instants(_ names: [String], _ table: String) -> Columns {
        Dictionary(uniqueKeysWithValues: names.map { ($0, "select (\($0) at time zone 'UTC')::text from \(table)") })
    }

    static func texts(_ names: [String], _ table: String) -> Columns {
        Dictionary(uniqueKeysWithValues: names.map { ($0, "select nullif(\($0)::text, '') from \(table)") })
    }

    static let orders = instants(
        ["created_at", "updated_at", "processed_at", "closed_at", "cancelled_at"], "orders.shop_order"
    ).merging(
        texts(
            [
                "id", "name", "cart_token", "checkout_token", "financial_status", "fulfillment_status", "cancel_reason",
                "currency", "presentment_currency",
            ], "orders.shop_order")
    ) { $1 }.merging([
        "order_number": "select number::text from orders.shop_order",
        "total_price": "select total::text from orders.shop_order",
        "test": "select is_test::text from orders.shop_order",
        "tags": "select array_to_string(tags, ', ') from orders.shop_order",
        "line_item_count": "select count(*)::text from orders.order_line",
        "total_tax": "select tax::text from orders.shop_order",
        "customer_id": "select ('x' || right(customer::text, 12))::bit(48)::int8::text from orders.shop_order",
        "email": "select ('x' || right(email::text, 12))::bit(48)::int8::text from orders.shop_order",
    ]) { $1 }
    static let refunds = instants(["created_at", "processed_at"], "orders.refund")
        .merging(texts(["id", "order_id"], "orders.refund")) { $1 }.merging([
            "refunded_subtotal_sum": "select sum(subtotal)::text from orders.refund_line",
            "transaction_amount_sum": "select sum(amount)::text from orders.transaction",
        ]) { $1 }
    static let transactions = instants(["created_at", "processed_at"], "orders.transaction").merging(
        texts(["id", "order_id", "currency", "kind", "status", "amount", "gateway"], "orders.transaction")
    ) { $1 }.merging(["test": "select is_test::text from orders.transaction"]) { $1 }
    static let carts: Columns = instants(["completed_at"], "carts.source")
        .merging(texts(["token", "currency"], "carts.source")) { $1 }.merging([
            "id": "select token from carts.source", "cart_token": "select nullif(cart_token, token) from carts.source",
            "updated_at": "select (newest_at at time zone 'UTC')::text from carts.source",
            "total_price": "select value::text from carts.source",
            "line_item_count": "select lines::text from carts.source",
        ]) { $1 }
    static let customers = instants(["created_at", "updated_at"], "customers.customer")
        .merging(texts(["currency"], "customers.customer")) { $1 }.merging([
            "tags": "select array_to_string(tags, ', ') from customers.customer",
            "id": "select ('x' || right(handle::text, 12))::bit(48)::int8::text from customers.customer",
            "email": "select ('x' || right(email::text, 12))::bit(48)::int8::text from customers.customer",
        ]) { $1 }
    static let products = instants(["created_at", "updated_at"], "products.product")
        .merging(texts(["id", "status", "handle", "title", "vendor"], "products.product")) { $1 }.merging([
            "tags": "select array_to_string(tags, ', ') from products.product",
            "variant_count": "select count(*)::text from products.variant",
        ]) { $1 }
    static let gone: [String: Columns] = [
        "orders/delete": ["id": "select id::text from orders.order_state"],
        "customers/delete": customers.filter { $0.key == "id" },
        "products/delete": ["id": "select id::text from products.product where is_deleted"],
    ]

    /// nil for topics of which no read model of commerce reads anything.
    static func columns(_ topic: String) -> Columns? {
        if let gone = gone[topic] { return gone }
        return switch topic.split(separator: "/").first {
        case "orders": orders
        case "refunds": refunds
        case "order_transactions": transactions
        case "carts", "checkouts": carts
        case "customers": topic == "customers/purchasing_summary" ? nil : customers
        case "products": products
        default: nil
        }
    }

    /// What stays in the log only, and what other suites look at (`personal_data_pointers`).
    static let inLogOnly: [String: Set<String>] = [
        "orders": ["number", "token", "subtotal_price", "total_discounts", "customer_locale"],
        "checkouts": [
            "id", "name", "email", "created_at", "closed_at", "presentment_currency", "subtotal_price", "total_tax",
            "total_discounts", "gateway", "customer_locale", "customer_id",
        ],
        "carts": ["created_at"],
    ]
    static let elsewhere: Set<String> = ["topic", "personal_data_pointers"]
    static let ignored: Set<String> = [
        "app/uninstalled", "app/scopes_update", "draft_orders/create", "bulk_operations/finish", "fulfillments/create",
        "fulfillments/update", "customers/purchasing_summary",
    ]
    static let amounts: Set<String> = [
        "total_price", "total_tax", "amount", "refunded_subtotal_sum", "transaction_amount_sum",
    ]

    static func cases() throws -> [Case] {
        let file = try JSONSerialization.jsonObject(with: Data(Vectors.load("webhook_payloads")))
        let cases = try #require((file as? [String: Any])?["cases"] as? [[String: Any]])
        return try cases.enumerated().map { index, recorded in
            let text = try #require(recorded["body"] as? String)
            let expected = try #require(recorded["expected"] as? [String: Any])
            return Case(
                id: recorded["id"] as? String ?? "", shop: ShopID(index + 1), topic: expected["topic"] as? String ?? "",
                body: text, expected: expected)
        }
    }

    /// The hash that a test gives to a personal value; the low words are small enough for `bit(48)`.
    static func hash(_ value: Any) -> UInt64 {
        Checksum.xxh64(Array("\(value)".utf8).span) & 0xFFFF_FFFF_FFFF
    }

    static func event(_ one: Case) -> [ShopEvent] {
        var handles: [(HandleKind, UInt64)] = []
        let customer = one.has("customers/") ? one.expected["id"] : one.expected["customer_id"]
        if let customer, !(customer is NSNull) { handles.append((.customer, hash(customer))) }
        if let email = one.expected["email"], !(email is NSNull) { handles.append((.email, hash(email))) }
        var events = [ShopEvent(name: one.topic, body: one.body, shop: one.shop, handles: handles)]
        // A refund and a payment show with their order only.
        if one.has("refunds/") || one.has("order_transactions/"), let order = one.expected["order_id"] {
            let carrier = #"{"id":\#(order),"currency":"USD","updated_at":"2020-01-01T00:00:00Z","line_items":[]}"#
            events.append(ShopEvent(name: "orders/create", body: carrier, shop: one.shop))
        }
        return events
    }

    /// As the database writes it: amounts in minor units, instants in UTC.
    static func shown(_ key: String, _ value: Any, _ one: Case) -> String? {
        if value is NSNull { return nil }
        if ["customer_id", "email"].contains(key) || (one.has("customers/") && key == "id") {
            return String(hash(value))
        }
        if key.hasSuffix("_at"), let text = value as? String, let millis = Timestamp.parse(text) {
            // Without zeros at the end of a fraction.
            var written = Timestamp.text(millis).dropLast().replacing("T", with: " ")
            while written.last == "0", written.contains(".") { written.removeLast() }
            return String(written.last == "." ? written.dropLast() : written)
        }
        if amounts.contains(key), let text = value as? String {
            return MinorUnits.parse(text.utf8, exponent: 2).map { String($0) }
        }
        if let number = value as? NSNumber, key == "test" { return number.boolValue ? "true" : "false" }
        return "\(value)"
    }

    @Test func whatIsExpectedIsShown() async throws {
        let cases = try Self.cases()
        #expect(cases.count > 25)
        try await CommerceLog.with { log in
            try log.append(cases.flatMap(Self.event))
            try await log.project(["orders", "customers", "products", "carts"])
            for one in cases {
                guard let columns = Self.columns(one.topic) else {
                    #expect(Self.ignored.contains(one.topic), "a topic that nothing looks at: \(one.topic)")
                    continue
                }
                let kept = Self.inLogOnly[one.topic.split(separator: "/").first.map(String.init) ?? ""] ?? []
                for (key, value) in one.expected where !Self.elsewhere.contains(key) && !kept.contains(key) {
                    guard let sql = columns[key] else {
                        Issue.record("\(one.id): nothing shows \(key)")
                        continue
                    }
                    let found = try log.row(Self.of(one.shop, sql)).first
                    #expect((found == "null" ? nil : found) == Self.shown(key, value, one), "\(one.id): \(key)")
                }
            }
        }
    }

    static func of(_ shop: ShopID, _ sql: String) -> String {
        sql.contains(" where ") ? "\(sql) and shop_id = \(shop)" : "\(sql) where shop_id = \(shop)"
    }
}
