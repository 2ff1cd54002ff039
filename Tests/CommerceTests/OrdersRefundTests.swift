import EventModel
import Postgres
import ReadModels
import TestSupport
import Testing

/// Refunds as the versions of the API have shown them, and what the shopper saw of all money.
@Suite struct OrdersRefundTests {
    static let order = OrderPayload(
        lines: [.init(id: 1, price: "20.00")], shipping: "10.00", shippingTax: "1.00", totalTax: "1.00",
        totalPrice: "31.00")
    static let day = "2026-03-04T10:00:00Z"

    /// shipping, tax and total of all, and what was refunded.
    static func sums(_ refund: String) async throws -> [String] {
        try await CommerceLog.with { log in
            try log.append([order.event("orders/create"), order.refundEvent(refund, day)])
            try await log.project(["orders"])
            return try log.row(
                """
                select sum(shipping)::text, sum(taxes)::text,
                    sum(gross - discounts - returns + taxes + shipping + duties)::text,
                    (select refunded::text from orders.shop_order), (select amount::text from orders.refund)
                from orders.ledger
                """)
        }
    }

    @Test func refundedShippingIsReadFromItsOwnList() async throws {
        let refund = Self.order.refund(9, Self.day, lines: [], shipping: ("5.00", "10.00", "1.00"))
        #expect(try await Self.sums(refund) == ["500", "50", "2550", "550", "550"])
    }

    @Test func itsTaxIsReadWhereItIsStated() async throws {
        let refund = Self.order.refund(9, Self.day, lines: [], shipping: ("5.00", "10.00", "1.00"))
            .replacing("\"shipping_line_id\"", with: "\"tax_amount_set\":{\"shop_money\":{\"amount\":\"0.40\"}},\"x\"")
        #expect(try await Self.sums(refund) == ["500", "60", "2560", "540", "540"])
    }

    /// Recorded in 2025: both at once.
    @Test func whatIsListedTwiceCountsOnce() async throws {
        let refund = Self.order.refund(
            9, Self.day, lines: [], adjustments: [("shipping_refund", "-5.00", "-0.50")],
            shipping: ("5.00", "10.00", "1.00"))
        #expect(try await Self.sums(refund) == ["500", "50", "2550", "550", "550"])
    }

    /// The import writes the Admin API's lines as adjustments (see `RestMapping`).
    @Test func theWebhookAndTheImportSayTheSame() async throws {
        let webhook = Self.order.refund(9, Self.day, lines: [], shipping: ("5.00", "10.00", "1.00"))
        let imported = Self.order.refund(9, Self.day, lines: [], adjustments: [("shipping_refund", "-5.00", "-0.50")])
        #expect(try await Self.sums(webhook) == Self.sums(imported))
    }

    @Test func refundedShippingBeyondAllPricesWaits() async throws {
        let refund = Self.order.refund(9, Self.day, lines: [], shipping: ("999999999999999.00", "1.00", "0.00"))
        try await CommerceLog.with { log in
            try log.append([Self.order.event(), Self.order.refundEvent(refund, Self.day)])
            try await log.project(["orders"])
            #expect(
                try log.row("select reason from projection.waiting where projection = 'orders'")
                    == ["order: subtotal_amount is beyond all prices"])
        }
    }

    static func set(_ shop: String, _ shown: String) -> String {
        """
        {"shop_money":{"amount":"\(shop)","currency_code":"USD"},\
        "presentment_money":{"amount":"\(shown)","currency_code":"JPY"}}
        """
    }

    @Test func whatTheShopperSawIsKept() async throws {
        let body = """
            {"id":1,"currency":"USD","presentment_currency":"JPY","updated_at":"\(Self.day)","total_price":"20.00",\
            "total_price_set":\(Self.set("20.00", "3000")),"line_items":[{"id":2,"quantity":1,"price":"20.00"}],\
            "transactions":[{"id":5,"kind":"sale","status":"success","amount":"20.00","currency":"USD",\
            "amount_set":\(Self.set("20.00", "3000"))},\
            {"id":6,"kind":"refund","status":"success","amount":"1575","currency":"JPY"}],\
            "refunds":[{"id":7,"refund_line_items":[{"id":8,"line_item_id":2,"quantity":1,"subtotal":10.0,\
            "total_tax":0.5,"subtotal_set":\(Self.set("10.00", "1500")),"total_tax_set":\(Self.set("0.50", "75"))}]}]}
            """
        try await CommerceLog.with { log in
            try log.append([ShopEvent(name: "orders/updated", body: body)])
            try await log.project(["orders"])
            #expect(
                try log.row("select total::text, presentment_total::text from orders.shop_order") == ["2000", "3000"])
            #expect(
                try log.row("select amount::text, presentment_amount::text from orders.refund") == ["1050", "1575"])
            #expect(
                try log.row(
                    """
                    select string_agg(presentment_amount || presentment_currency, ' ' order by id)
                    from orders.transaction
                    """) == ["3000JPY 1575JPY"])
        }
    }

    /// With a gift card or a kept fee it is not what was ordered without what was refunded.
    @Test func aSearchForTheCurrentTotalAsksThePayload() async throws {
        let body = Self.order.json.replacing("\"test\"", with: "\"current_total_price\":\"12.50\",\"test\"")
        try await CommerceLog.with { log in
            try log.append([
                ShopEvent(name: "orders/updated", body: body), OrderPayload(id: 5, totalPrice: "9.00").event(),
            ])
            try await log.project(["orders"])
            let context = SearchContext(zone: .utc, now: 0) { _, _ in nil }
            for (text, id) in [("current_total_price:12.50", "1001"), ("current_total_price:9.00", "5")] {
                let sql = try SearchQuery(text).sql(.orders, context, firstPlaceholder: 1)
                let found = try log.connection.query(
                    "select r.id::text from orders.shop_order r where \(sql.condition)", sql.parameters)
                #expect(found.map { $0.text(0) } == [id])
            }
        }
    }

    @Test func theShoppersMoneyIsTheShopsWhereTheyHaveOneCurrency() async throws {
        let refund = Self.order.refund(9, Self.day, lines: [(1, 1, "20.00", "0.00")])
        try await CommerceLog.with { log in
            try log.append([Self.order.event(), Self.order.refundEvent(refund, Self.day)])
            try await log.project(["orders"])
            #expect(try log.row("select presentment_total::text from orders.shop_order") == ["3100"])
            #expect(try log.row("select presentment_amount::text from orders.refund") == ["2000"])
        }
    }
}
