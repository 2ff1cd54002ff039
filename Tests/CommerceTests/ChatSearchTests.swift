import EventModel
import Pipelines
import Postgres
import ReadModels
import Testing

/// Answers from the read models.
@Suite struct ChatSearchTests {
    static func product(
        _ id: Int, _ title: String, price: String, options: [String], tags: String = "", isActive: Bool = true,
        body: String = ""
    ) -> ShopEvent {
        let variants = options.enumerated().map {
            "{\"id\":\(id * 10 + $0),\"price\":\"\(price)\",\"title\":\"\($1)\",\"sku\":\"\",\"option1\":\"\($1)\"}"
        }
        let values = options.map { "\"\($0)\"" }.joined(separator: ",")
        return ShopEvent(
            name: "products/update",
            body: """
                {"id":\(id),"title":"\(title)","handle":"p\(id)","vendor":"Acme","product_type":"Clothes",\
                "status":"\(isActive ? "active" : "draft")","published_at":"2026-01-01T00:00:00Z","tags":"\(tags)",\
                "body_html":"\(body)","options":[{"name":"Size","values":[\(values)]}],\
                "variants":[\(variants.joined(separator: ","))],"updated_at":"2026-01-01T00:00:00Z"}
                """)
    }

    static let catalogue = [
        product(1, "Blue running shoes", price: "80.00", options: ["M", "L"]),
        product(2, "Red shoe", price: "40.00", options: ["L"], tags: "sport"),
        product(3, "Warm hoodie", price: "30.00", options: ["S"], body: "<p>Soft &amp; blue</p>"),
        product(4, "Secret shoes", price: "1.00", options: ["M"], isActive: false),
    ]

    static func ask(
        _ messages: [String], customer: Key128? = nil, events: [ShopEvent] = catalogue
    ) async throws -> [ShopperAnswer] {
        try await CommerceLog.with { log in
            try log.addShop()
            try log.append(events)
            try await log.project(["products", "orders"])
            let pool = PostgresPool(log.database, size: 1)
            let engine = ProductSearch(pool: pool)
            var answers: [ShopperAnswer] = []
            for message in messages {
                let shop = ShopKey(lane: CommerceLog.lane, shop: 1)
                answers.append(
                    try await engine.answer(ShopperRequest(shop: shop, message: message, customer: customer)))
            }
            await pool.close()
            return answers
        }
    }

    @Test func productsByWordsPricesAndOptions() async throws {
        let answers = try await Self.ask([
            "shoes", "do you have blue shoes?", "shoe under 50", "shoes in size m", "sport", "hoodie under 5",
            "purple umbrella", "hi", "up to 35", "O'Neill & ' | ! shoes",
        ])
        #expect(
            answers.map { $0.products.map(\.id).sorted() } == [
                [1, 2], [1], [2], [1], [2], [3], [], [], [3], [1, 2],
            ])
        #expect(answers[1].products.first?.reason == "matches blue, shoes")
        #expect(answers[2].products.first?.reason.contains("within your price") == true)
        #expect(answers[3].products.first?.reason.contains("comes in m") == true)
        #expect(answers[5].reply == "I found nothing up to 5, but something like it.")
        #expect(answers[6].reply == "I found nothing for that.")
        #expect(answers[6].followUps == ["Show me clothes"] && answers[7].followUps == ["Show me clothes"])
        #expect(answers[1].followUps == ["Which size do you need?"])
        let card = try JSONTree(answers[1].json).root["products"]?.elements.first
        #expect(card?["gid"]?.text == "gid://shopify/Product/1" && card?["url"]?.text == "/products/p1")
        #expect(card?["price_min"]?["minor"]?.int64 == 8000)
    }

    @Test func theSecretProductIsNeverShown() async throws {
        let answers = try await Self.ask(["secret", "shoes under 2"])
        #expect(answers.allSatisfy { !$0.products.contains { $0.id == 4 } })
    }

    static func order(_ id: Int, customer: UInt64, _ fulfillment: String) -> ShopEvent {
        ShopEvent(
            name: "orders/create",
            body: """
                {"id":\(id),"name":"#\(id)","financial_status":"paid","fulfillment_status":\(fulfillment),\
                "currency":"EUR","total_price":"5.00","created_at":"2026-03-0\(id)T10:00:00Z",\
                "updated_at":"2026-03-0\(id)T10:00:00Z","line_items":[]}
                """, handles: [(.customer, customer)])
    }

    @Test func ordersAreToldToTheirCustomerOnly() async throws {
        let events = [Self.order(1, customer: 7, "null"), Self.order(2, customer: 8, "\"fulfilled\"")]
        let questions = ["where is my order?", "status of order #2", "where is order #1"]
        let mine = try await Self.ask(questions, customer: Key128(high: 7, low: 7), events: events)
        #expect(
            mine.map(\.reply) == [
                "Order #1 of 2026-03-01: paid, not shipped yet.", "I found no order #2 in your account.",
                "Order #1 of 2026-03-01: paid, not shipped yet.",
            ])
        let nobody = try await Self.ask(questions, events: events)
        #expect(nobody.allSatisfy { $0.reply.hasPrefix("Please log in") && $0.products.isEmpty })
    }
}

extension CommerceLog {
    /// Registers shop 1, whose currency is the euro.
    func addShop() throws {
        _ = try connection.query(
            """
            insert into registry.shop (id, domain, lane, account_id, timezone, currency, wrapped_key)
            overriding system value values (1, 'a.myshopify.com', $1, 'account', 'UTC', 'EUR', '')
            """, [.int2(Self.lane)])
    }
}
