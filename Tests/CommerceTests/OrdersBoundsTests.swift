import EventModel
import Postgres
import Projector
import ReadModels
import TestSupport
import Testing

/// What order payloads hide: discounts that no line shows, and numbers that nothing can hold.
@Suite struct OrdersBoundsTests {
    /// Gross, discounts, shipping and total of one order.
    static func discounts(_ body: String) async throws -> [Int64] {
        try await CommerceLog.with { log in
            try log.append([ShopEvent(name: "orders/create", body: body)])
            try await log.project(["orders"])
            let row = try log.connection.query(
                """
                select gross, discounts, shipping, gross - discounts + shipping + tax from orders.shop_order
                """)[0]
            return (0..<4).map { row.int64($0) }
        }
    }

    @Test func aDiscountedShippingLineHidesNoDiscountOfLines() async throws {
        let small = """
            {"id":1,"currency":"USD","updated_at":"2026-03-01T10:00:00Z","total_discounts":"8.00","total_price":"7.00",
            "line_items":[{"id":2,"quantity":1,"price":"10.00","discount_allocations":[]}],
            "shipping_lines":[{"id":3,"price":"5.00","discounted_price":"0.00"}]}
            """
        #expect(try await Self.discounts(small) == [1000, 300, 0, 700])
    }

    @Test func theRecordedOrdersDiscountsAreKept() async throws {
        let file = try OrdersDocumentTests.tree(String(decoding: Vectors.load("webhook_payloads"), as: UTF8.self))
        let recorded = file["cases"]?.elements.first { $0["id"]?.text == "docs-2026-01-orders-create" }
        #expect(try await Self.discounts(#require(recorded?["body"]?.text)) == [41_495, 1000, 0, 40_495])
    }

    @Test(arguments: [
        (#"{"id":2,"quantity":1000,"price":"9223372036854775.00"}"#, "order: price is beyond all prices"),
        (#"{"id":2,"quantity":100000,"price":"99999999.00"}"#, "order: its amounts are beyond all prices"),
        (#"{"id":2,"quantity":2147483648,"price":"1.00"}"#, "order: quantity is beyond all orders"),
        (
            #"{"id":9223372036854775808,"quantity":1,"price":"1.00"}"#,
            "order: id is no positive integer of 64 bits"
        ),
        (#"{"id":-5,"quantity":1,"price":"1.00"}"#, "order: id is no positive integer of 64 bits"),
        // A form that is no number hides no other form.
        (
            #"{"id":1,"quantity":2147483647,"price":"4000000000000.00","price_set":{"shop_money":{"amount":"x"}}}"#,
            "order: price is beyond all prices"
        ),
        (
            #"{"id":1,"quantity":16000,"price":"499999999999.00","price_set":{"shop_money":{"amount":null}}}"#,
            "order: its amounts are beyond all prices"
        ),
        (
            #"{"id":1,"quantity":16000,"price":".4e12","price_set":{"shop_money":{"amount":"1.00"}}}"#,
            "order: its amounts are beyond all prices"
        ),
        (
            #"{"id":1,"tax_lines":[{"price":"1.00","price_set":{"presentment_money":{"amount":"4000000000000"}}}]}"#,
            "order: price is beyond all prices"
        ),
    ])
    func whatCannotBeHeldWaits(line: String, reason: String) async throws {
        let broken = """
            {"id":1,"currency":"USD","updated_at":"2026-03-01T10:00:00Z","total_price":"1.00","line_items":[\(line)]}
            """
        let plain = OrderPayload(lines: [.init(id: 1, price: "1.00")])
        try await CommerceLog.with { log in
            try log.append([ShopEvent(name: "orders/updated", body: broken), plain.event()])
            try await log.project(["orders"])
            #expect(
                try log.row("select count(*)::text, sum(gross)::text, min(id)::text from orders.shop_order") == [
                    "1", "100", "1001",
                ])
            #expect(
                try log.row("select position::text, reason from projection.waiting where projection = 'orders'")
                    == ["1", reason])
        }
    }

    @Test(arguments: [
        (
            "refunds/create",
            """
            {"id":1,"order_id":1001,"transactions":[
            {"id":1,"kind":"refund","status":"success","amount":"4999999999999.00",
            "amount_set":{"shop_money":{"amount":"1.00"}}},
            {"id":2,"kind":"refund","status":"success","amount":"4999999999999.00",
            "amount_set":{"shop_money":{"amount":"1.00"}}}]}
            """, "order: amount is beyond all prices"
        ),
        (
            "refunds/create",
            """
            {"id":1,"order_id":1001,"refund_shipping_lines":[{"id":1,
            "subtotal_amount_set":{"presentment_money":{"amount":"-4000000000000"}},
            "shipping_line":{"tax_lines":[{"price_set":{"presentment_money":{"amount":"4000000000000"}}}],
            "discounted_price_set":{"presentment_money":{"amount":"0.000001"}}}}]}
            """, "order: subtotal_amount is beyond all prices"
        ),
        ("products/create", #"{"id":-1,"title":"T"}"#, "product: id is no positive integer of 64 bits"),
        ("products/update", #"{"id":1,"variants":[{"id":0}]}"#, "product: id is no positive integer of 64 bits"),
    ])
    func whatCannotBeHeldElsewhereWaits(topic: String, body: String, reason: String) async throws {
        let plain = OrderPayload(lines: [.init(id: 1, price: "1.00")])
        try await CommerceLog.with { log in
            try log.append([plain.event(), ShopEvent(name: topic, body: body)])
            try await log.project(["orders", "products"])
            #expect(try log.row("select gross::text, refunded::text from orders.shop_order") == ["100", "0"])
            #expect(try log.row("select count(*)::text from products.product") == ["0"])
            #expect(try log.row("select distinct reason from projection.waiting") == [reason])
        }
    }

    @Test func whatWaitsIsNamed() async throws {
        let broken = (0..<7).map { number in
            let price = number % 2 == 0 ? "\"10,00\"" : "\"1000000000000.00\""
            return ShopEvent(
                name: "orders/updated", body: "{\"id\":\(number + 1),\"line_items\":[{\"id\":2,\"price\":\(price)}]}")
        }
        try await CommerceLog.with { log in
            try log.append([OrderPayload().event()] + broken)
            try await log.project(["orders"])
            let lists = try WaitingList.all(on: log.connection)
            #expect(lists.map(\.projection) == ProjectionSchemas.names)
            let orders = try #require(lists.first { $0.projection == "orders" })
            #expect(orders.count == 7 && orders.first.map(\.position) == [2, 3, 4, 5, 6])
            #expect(
                orders.first.allSatisfy {
                    $0.lane == CommerceLog.lane && $0.shop == 1 && $0.reason == "order: price is beyond all prices"
                })
            #expect(lists.filter { $0.projection != "orders" }.allSatisfy { $0.count == 0 && $0.first.isEmpty })
        }
    }

    @Test func aLineThatPointsAtNothingIsFolded() async throws {
        let body = #"{"id":1,"currency":"USD","line_items":[{"id":2,"product_id":0,"quantity":1,"price":"1.00"}]}"#
        #expect(try await Self.discounts(body) == [100, 0, 0, 100])
    }

    /// Each payload is in bounds; what all of one order add up to is cut, and its total less that is still a number.
    @Test func whatManyRefundsAddUpToIsCut() async throws {
        let order = OrderPayload(currency: "KWD", lines: [.init(id: 1, price: "1.00")])
        let refunds = (1...150).map { number in
            ShopEvent(
                name: "refunds/create",
                body: """
                    {"id":\(number),"order_id":1001,"order_adjustments":[{"id":\(number),"amount":"-499999999999.999"}]}
                    """)
        }
        try await CommerceLog.with { log in
            try log.append([order.event()] + refunds)
            try await log.project(["orders"])
            #expect(
                try log.row("select refunded::text, (total - refunded)::text from orders.shop_order")
                    == ["\(1 << 56)", "\(-(1 << 56))"])
        }
    }

    @Test func moreLinesThanAnyOrderHasWait() async throws {
        let lines = Array(repeating: "{}", count: 50_001).joined(separator: ",")
        try await CommerceLog.with { log in
            try log.append([ShopEvent(name: "orders/updated", body: "{\"id\":1,\"line_items\":[\(lines)]}")])
            try await log.project(["orders"])
            #expect(
                try log.row("select reason from projection.waiting where projection = 'orders'")
                    == ["order: it has too many parts"])
        }
    }

    /// Each fact of an order is looked at once, however many there are.
    @Test func aLargeOrderWithManyRefundsIsFolded() async throws {
        let count = 400
        var order = OrderPayload(lines: (1...count).map { .init(id: $0, price: "1.00") })
        let day = "2026-03-04T10:00:00Z"
        // The same id in each, which Shopify does not do.
        order.refunds = (1...count).map { number in
            order.refund(number, day, lines: [(number, 1, "1.00", "0.00")])
                .replacing("\"id\":\(number * 10),", with: "\"id\":5,")
        }
        #expect(
            try await OrdersLedgerTests.ledger([order.event()]).last
                == "all 0 \(count * 100) 0 \(count * 100) 0 0 0 0 0")
    }

    @Test func ordersOfWholesaleAreLarge() async throws {
        let order = OrderPayload(lines: [
            .init(id: 1, price: "0.01", quantity: 2_147_483_647), .init(id: 2, price: "12.50", quantity: 250_000),
        ])
        #expect(
            try await OrdersLedgerTests.ledger([order.event()]).last
                == "all 2147733647 2459983647 0 0 2459983647 0 0 0 2459983647")
    }
}
