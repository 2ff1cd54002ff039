import EventModel
import Postgres
import ReadModels
import TestSupport
import Testing

/// Money that edits change without units: discounts and shipping count on the day of the edit.
@Suite struct OrdersChangeTests {
    static func day(_ number: Int) -> String { "2026-03-\(number < 10 ? "0" : "")\(number)T10:00:00Z" }

    typealias Change = (inout OrderPayload) -> Void

    /// The payloads of an order of 100.00 that starts as it is, changed and updated on the days given.
    static func life(
        _ changes: [(Int, Change)], of order: OrderPayload = OrderPayload(lines: [.init(id: 1, price: "100.00")])
    ) -> [ShopEvent] {
        var order = order
        return [order.event("orders/create")]
            + changes.map { number, change in
                change(&order)
                order.updated = day(number)
                return order.event()
            }
    }

    static func discount(_ amount: String) -> Change { { $0.lines[0].discount = amount } }

    @Test func aLaterDiscountLeavesTheOrdersDayAlone() async throws {
        #expect(
            try await OrdersLedgerTests.ledger(Self.life([(5, Self.discount("10.00"))])) == [
                "03-01 1 10000 0 0 10000 0 0 0 10000", "03-05 0 0 1000 0 -1000 0 0 0 -1000",
                "all 1 10000 1000 0 9000 0 0 0 9000",
            ])
    }

    @Test func whatIsTakenBackCountsOnItsOwnDay() async throws {
        let life = Self.life([
            (3, Self.discount("10.00")), (4, { _ in }), (5, Self.discount("0.00")), (7, Self.discount("10.00")),
        ])
        #expect(
            try await OrdersLedgerTests.ledger(life) == [
                "03-01 1 10000 0 0 10000 0 0 0 10000", "03-03 0 0 1000 0 -1000 0 0 0 -1000",
                "03-05 0 0 -1000 0 1000 0 0 0 1000", "03-07 0 0 1000 0 -1000 0 0 0 -1000",
                "all 1 10000 1000 0 9000 0 0 0 9000",
            ])
    }

    @Test(arguments: [true, false]) func shippingIsAddedAndRemovedOnTheDaysOfTheEdits(isListed: Bool) async throws {
        let life = Self.life([
            (3, { ($0.shipping, $0.shippingTax, $0.totalTax) = ("5.00", "0.50", "0.50") }),
            (
                6,
                { order in
                    order.totalTax = "0.00"
                    if isListed { order.isShippingRemoved = true } else { order.shipping = "0.00" }
                }
            ),
        ])
        #expect(
            try await OrdersLedgerTests.ledger(life) == [
                "03-01 1 10000 0 0 10000 0 0 0 10000", "03-03 0 0 0 0 0 50 500 0 550",
                "03-06 0 0 0 0 0 -50 -500 0 -550", "all 1 10000 0 0 10000 0 0 0 10000",
            ])
    }

    @Test func includedTaxOfALaterDiscountIsTakenOutOnItsDay() async throws {
        var order = OrderPayload(
            currency: "EUR", taxesIncluded: true, lines: [.init(id: 1, price: "119.00", tax: "19.00", rate: "0.19")],
            totalTax: "19.00")
        order.totalPrice = "119.00"
        let life = Self.life(
            [(5, { ($0.lines[0].discount, $0.lines[0].tax, $0.totalTax) = ("11.90", "17.10", "17.10") })], of: order)
        #expect(
            try await OrdersLedgerTests.ledger(life) == [
                "03-01 1 10000 0 0 10000 1900 0 0 11900", "03-05 0 0 1000 0 -1000 -190 0 0 -1190",
                "all 1 10000 1000 0 9000 1710 0 0 10710",
            ])
    }

    @Test func anEditThatIsKnownSaysTheDay() async throws {
        // The payload right after the edit was lost; the next one came two days later.
        let life = Self.life([(7, Self.discount("10.00"))])
        let edit = OrderPayload().edit(4, Self.day(5))
        #expect(try await OrdersLedgerTests.ledger(life + [edit])[1] == "03-05 0 0 1000 0 -1000 0 0 0 -1000")
    }

    @Test func anEditCountsWhenItTakesEffect() async throws {
        let (begun, committed) = ("2026-03-05T23:58:00Z", "2026-03-06T00:02:00Z")
        var order = OrderPayload(lines: [.init(id: 1, price: "10.00")])
        let first = order.event("orders/create")
        order.lines[0].quantity = 2
        order.updated = committed
        let edit = order.edit(4, begun, committed: committed, added: [(1, 1)])
        #expect(
            try await OrdersLedgerTests.ledger([edit, order.event(), first]) == [
                "03-01 1 1000 0 0 1000 0 0 0 1000", "03-06 1 1000 0 0 1000 0 0 0 1000",
                "all 2 2000 0 0 2000 0 0 0 2000",
            ])
    }

    @Test func unitsTakenAwayAreWorthWhatTheyWereThen() async throws {
        let order = OrderPayload(lines: [.init(id: 1, price: "10.00", quantity: 3)])
        let life = Self.life([(4, { $0.lines[0].current = 2 }), (8, Self.discount("6.00"))], of: order)
        #expect(
            try await OrdersLedgerTests.ledger(life) == [
                "03-01 3 3000 0 0 3000 0 0 0 3000", "03-04 -1 -1000 0 0 -1000 0 0 0 -1000",
                "03-08 0 0 600 0 -600 0 0 0 -600", "all 2 2000 600 0 1400 0 0 0 1400",
            ])
    }

    @Test func pastDaysStayWhateverComesLater() async throws {
        let life = Self.life([
            (3, Self.discount("10.00")), (5, { $0.shipping = "4.00" }), (8, Self.discount("20.00")),
        ])
        var before: [String] = []
        for count in 1...life.count {
            let days = try await OrdersLedgerTests.ledger(Array(life.prefix(count))).dropLast()
            #expect(Array(days.prefix(before.count)) == before)
            before = Array(days)
        }
    }

    /// More payloads than are remembered: nothing is lost, and arrival plays no part.
    @Test func aLongHistoryAddsUp() async throws {
        var order = OrderPayload(lines: [.init(id: 1, price: "100.00")])
        var events: [ShopEvent] = []
        for second in 0..<160 {
            order.updated = Timestamp.text((Timestamp.parse(Self.day(1)) ?? 0) + Int64(second) * 1000)
            order.lines[0].discount = "\(second % 7).00"
            events.append(order.event())
        }
        var random = SplitMix(9)
        var dumps: Set<[String]> = []
        for batchSize in [7, 500] {
            try await CommerceLog.with { log in
                try log.append(events.shuffled(using: &random))
                try await log.project(["orders"], batchSize: batchSize)
                dumps.insert(try log.dump("orders", OrdersPropertyTests.tables, without: OrdersPropertyTests.arrival))
                #expect(try OrdersLedgerTests.sums(log).last == "all 1 10000 500 0 9500 0 0 0 9500")
            }
        }
        #expect(dumps.count == 1)
    }
}
