import EventModel
import Postgres
import ReadModels
import TestSupport
import Testing

/// What orders bring, day by day: worked examples.
@Suite struct OrdersLedgerTests {
    /// Sums by day (UTC) and in all: quantity gross discounts returns net taxes shipping duties total.
    static func sums(_ log: CommerceLog, basis: String = "at") throws -> [String] {
        try log.connection.query(
            """
            select coalesce(to_char(\(basis) at time zone 'UTC', 'MM-DD'), 'all') || ' ' || concat_ws(' ', sum(quantity),
                sum(gross), sum(discounts), sum(returns), sum(gross - discounts - returns), sum(taxes), sum(shipping),
                sum(duties), sum(gross - discounts - returns + taxes + shipping + duties))
            from orders.ledger group by grouping sets ((to_char(\(basis) at time zone 'UTC', 'MM-DD')), ()) order by 1
            """
        ).map { $0.text(0) }
    }

    static func ledger(_ events: [ShopEvent], basis: String = "at") async throws -> [String] {
        try await CommerceLog.with { log in
            try log.append(events)
            try await log.project(["orders"])
            return try sums(log, basis: basis)
        }
    }

    static let plain = OrderPayload(
        lines: [
            .init(id: 1, price: "10.00", quantity: 3, discount: "3.00", tax: "2.70"),
            .init(id: 2, price: "5.50", quantity: 2, tax: "1.10", product: 12),
        ], shipping: "7.00", shippingTax: "0.70", shippingDiscount: "2.00", totalDiscounts: "5.00", totalTax: "4.50",
        totalPrice: "47.50", duties: "1.25")

    @Test func anOrderIsSplitIntoItsParts() async throws {
        let found = try await Self.ledger([Self.plain.event("orders/create")])
        #expect(found == ["03-01 5 4100 300 0 3800 450 500 125 4875", "all 5 4100 300 0 3800 450 500 125 4875"])
    }

    @Test func includedTaxIsTakenOutOfGrossAndDiscounts() async throws {
        let order = OrderPayload(
            currency: "EUR", taxesIncluded: true,
            lines: [
                .init(id: 1, price: "119.00", discount: "11.90", tax: "17.10", rate: "0.19"),
                // Given away: nothing is taxed, and the rate says what the tax in the price was.
                .init(id: 2, price: "11.90", discount: "11.90", tax: "0.00", rate: "0.19"),
            ], shipping: "5.95", shippingTax: "0.95", totalDiscounts: "23.80", totalTax: "18.05", totalPrice: "113.05")
        #expect(try await Self.ledger([order.event()]).last == "all 2 11000 2000 0 9000 1805 500 0 11305")
    }

    @Test func exponentsFollowTheCurrency() async throws {
        let yen = OrderPayload(currency: "JPY", lines: [.init(id: 1, price: "1200", quantity: 2)], totalPrice: "2400")
        #expect(try await Self.ledger([yen.event()]).last == "all 2 2400 0 0 2400 0 0 0 2400")
        let dinar = OrderPayload(currency: "KWD", lines: [.init(id: 1, price: "1.2345")], totalPrice: "1.235")
        let back = dinar.refund(5, "2026-03-02T10:00:00Z", lines: [(1, 1, "1.235", "0")])
        #expect(
            try await Self.ledger([dinar.event(), dinar.refundEvent(back, "2026-03-02T10:00:00Z")]).last
                == "all 0 1235 0 1235 0 0 0 0 0")
    }

    @Test func discountsWithoutAllocationsAreSplitByLargestRemainder() async throws {
        let order = OrderPayload(
            lines: [
                .init(id: 1, price: "10.00"), .init(id: 2, price: "10.00", product: 12),
                .init(id: 3, price: "10.00", product: 13),
            ], totalDiscounts: "10.00", totalPrice: "20.00")
        try await CommerceLog.with { log in
            try log.append([order.event()])
            try await log.project(["orders"])
            let found = try log.connection.query(
                "select discounts from orders.ledger where kind = 'discount' order by line_id")
            #expect(found.map { $0.int64(0) } == [334, 333, 333])
        }
    }

    @Test func aReturnCountsOnItsRefundsDayOrOnTheOrders() async throws {
        let day = "2026-03-04T10:00:00Z"
        let refund = Self.plain.refund(
            9, day, lines: [(1, 1, "9.00", "0.90")],
            adjustments: [("shipping_refund", "-5.00", "-0.50"), ("refund_discrepancy", "2.00", "0.00")])
        let events = [Self.plain.event("orders/create"), Self.plain.refundEvent(refund, day)]
        #expect(
            try await Self.ledger(events) == [
                "03-01 5 4100 300 0 3800 450 500 125 4875", "03-04 -1 0 0 700 -700 -140 -500 0 -1340",
                "all 4 4100 300 700 3100 310 0 125 3535",
            ])
        #expect(
            try await Self.ledger(events, basis: "at_order") == [
                "03-01 4 4100 300 700 3100 310 0 125 3535", "all 4 4100 300 700 3100 310 0 125 3535",
            ])
    }

    @Test(arguments: [
        #","total_duties_set":{"shop_money":{"amount":"1.00","currency_code":"USD"}},"duties":[]"#,
        #","duties":[{"amount_set":{"shop_money":{"amount":"0.75"}}},{"amount_set":{"shop_money":{"amount":"0.25"}}}]"#,
    ]) func dutiesAreReturnedInAllOrOneByOne(duties: String) async throws {
        let day = "2026-03-04T10:00:00Z"
        let refund = Self.plain.refund(9, day, lines: []).dropLast() + duties + "}"
        let events = [Self.plain.event("orders/create"), Self.plain.refundEvent(String(refund), day)]
        #expect(try await Self.ledger(events).last == "all 5 4100 300 0 3800 450 500 25 4775")
    }

    @Test func aCancellationReturnsWhatRefundsHaveNot() async throws {
        var order = Self.plain
        let (first, last) = ("2026-03-04T10:00:00Z", "2026-03-09T10:00:00Z")
        let refund = order.refund(9, first, lines: [(1, 1, "9.00", "0.90")])
        // After the cancellation there is nothing left to return.
        let late = order.refund(10, last, lines: [(1, 2, "18.00", "1.80"), (2, 2, "11.00", "1.10")])
        order.cancelled = "2026-03-06T10:00:00Z"
        order.updated = last
        order.refunds = [refund, late]
        #expect(
            try await Self.ledger([order.event("orders/cancelled")]) == [
                "03-01 5 4100 300 0 3800 450 500 125 4875", "03-04 -1 0 0 900 -900 -90 0 0 -990",
                "03-06 -4 0 0 2900 -2900 -360 -500 -125 -3885", "all 0 4100 300 3800 0 0 0 0 0",
            ])
    }

    @Test func moneyGivenBackBesideTheLinesCountsAgainstACancellation() async throws {
        var order = OrderPayload(lines: [.init(id: 1, price: "60.00"), .init(id: 2, price: "40.00")])
        order.refunds = [
            order.refund(3, "2026-03-02T10:00:00Z", lines: [], adjustments: [("refund_discrepancy", "-30.00", "0.00")])
        ]
        order.cancelled = "2026-03-03T10:00:00Z"
        #expect(
            try await Self.ledger([order.event()]) == [
                "03-01 2 10000 0 0 10000 0 0 0 10000", "03-02 0 0 0 3000 -3000 0 0 0 -3000",
                "03-03 -2 0 0 7000 -7000 0 0 0 -7000", "all 0 10000 0 10000 0 0 0 0 0",
            ])
    }

    @Test func editsCountOnTheirDay() async throws {
        var order = OrderPayload(lines: [.init(id: 1, price: "10.00", quantity: 2, tax: "2.00")], totalTax: "2.00")
        let first = order.event("orders/create")
        let (added, removed) = ("2026-03-05T10:00:00Z", "2026-03-07T10:00:00Z")
        order.updated = removed
        order.lines = [
            .init(id: 1, price: "10.00", quantity: 3, current: 2, tax: "3.00"),
            .init(id: 2, price: "4.00", tax: "0.40", product: 12),
        ]
        order.totalTax = "3.40"
        let events = [
            order.edit(1, added, added: [(1, 1), (2, 1)]), order.edit(2, removed, removed: [(1, 1)]), first,
            order.event(),
        ]
        #expect(
            try await Self.ledger(events) == [
                "03-01 2 2000 0 0 2000 200 0 0 2200", "03-05 2 1400 0 0 1400 140 0 0 1540",
                "03-07 -1 -1000 0 0 -1000 -100 0 0 -1100", "all 3 2400 0 0 2400 240 0 0 2640",
            ])
    }

    @Test func testAndDeletedOrdersAreOutAndPendingOnesIn() async throws {
        var test = Self.plain
        test.isTest = true
        #expect(try await Self.ledger([test.event()]) == ["all "])
        let pending = OrderPayload(id: 5, status: "pending", lines: [.init(id: 1, price: "1.00")])
        try await CommerceLog.with { log in
            try log.append([Self.plain.deletion, Self.plain.event(), test.event(), pending.event()])
            try await log.project(["orders"], batchSize: 1)
            #expect(try Self.sums(log).last == "all 1 100 0 0 100 0 0 0 100")
            let rows = try log.connection.query("select id, is_deleted from orders.shop_order order by id")
            #expect(rows.map { "\($0.int64(0)) \($0.bool(1))" } == ["5 false", "1001 true"])
        }
    }

    @Test func recordedPayloadsAreRead() async throws {
        let file = try OrdersDocumentTests.tree(String(decoding: Vectors.load("webhook_payloads"), as: UTF8.self))
        let events = (file["cases"]?.elements ?? []).compactMap { recorded -> ShopEvent? in
            guard let body = recorded["body"]?.text, let topic = recorded["expected"]?["topic"]?.text else {
                return nil
            }
            return ShopEvent(name: topic, body: body)
        }
        try await CommerceLog.with { log in
            try log.append(events)
            try await log.project(["orders"])
            let orders = try log.connection.query(
                "select id, total, refunded, is_deleted, financial_status, currency from orders.shop_order order by id")
            let found = orders.map { row in
                "\(row.int64(0)) \(row.int64(1)) \(row.int64(2)) \(row.bool(3)) \(row.isNull(4) ? "-" : row.text(4))"
                    + " \(row.text(5))"
            }
            #expect(
                found == [
                    "5361237360854 428311 265482 false partially_refunded INR",
                    "5361240244438 1000 0 false paid INR", "5778367414385 60000 0 false - USD",
                    "820982911946154508 40495 41495 true voided USD",
                ])
            // Ids beyond 2^53 are whole.
            let whole = try log.connection.query(
                "select count(*) from orders.order_line where order_id = 820982911946154508")
            let payments = try log.connection.query("select count(*) from orders.transaction")
            #expect(whole[0].int64(0) == 5 && payments[0].int64(0) > 1)
        }
    }
}
