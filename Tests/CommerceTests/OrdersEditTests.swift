import EventModel
import Postgres
import TestSupport
import Testing

/// Edits of which only the order's payloads tell: their `orders/edited` was lost, or they were read from the Admin API,
/// which has none.
@Suite struct OrdersEditTests {
    /// Ordered on the 1st; a unit and a line were added on the 5th, a unit was taken away on the 7th; then only noise.
    static var life: [ShopEvent] {
        var order = OrderPayload(lines: [.init(id: 1, price: "10.00", quantity: 2, tax: "2.00")], totalTax: "2.00")
        var events = [order.event("orders/create")]
        order.updated = "2026-03-05T10:00:00Z"
        order.lines = [
            .init(id: 1, price: "10.00", quantity: 3, tax: "3.00"),
            .init(id: 2, price: "4.00", tax: "0.40", product: 12),
        ]
        order.totalTax = "3.40"
        events.append(order.event())
        order.updated = "2026-03-07T10:00:00Z"
        order.lines[0].current = 2
        events.append(order.event())
        order.updated = "2026-03-09T10:00:00Z"
        events += [order.event(), order.event(source: .history)]
        return events
    }

    static let lifeByDay = [
        "03-01 2 2000 0 0 2000 200 0 0 2200", "03-05 2 1400 0 0 1400 140 0 0 1540",
        "03-07 -1 -1000 0 0 -1000 -100 0 0 -1100", "all 3 2400 0 0 2400 240 0 0 2640",
    ]

    @Test func anEditCountsOnTheDayOfTheFirstPayloadThatShowsIt() async throws {
        var random = SplitMix(3)
        for batchSize in [1, 2, 100] {
            let twice =
                Self.life
                + Self.life.map { event in
                    var event = event
                    event.delivery = 1
                    return event
                }
            let events = twice.shuffled(using: &random)
            try await CommerceLog.with { log in
                try log.append(events)
                try await log.project(["orders"], batchSize: batchSize)
                #expect(try OrdersLedgerTests.sums(log) == Self.lifeByDay)
            }
        }
    }

    @Test(arguments: [[0], [1], [0, 1]])
    func anEditThatIsKnownTwiceCountsOnce(known: [Int]) async throws {
        let order = OrderPayload()
        let edits = [
            order.edit(1, "2026-03-05T10:00:00Z", added: [(1, 1), (2, 1)]),
            order.edit(2, "2026-03-07T10:00:00Z", removed: [(1, 1)]),
        ]
        #expect(try await OrdersLedgerTests.ledger(Self.life + known.map { edits[$0] }) == Self.lifeByDay)
    }

    @Test func whatRefundsReturnedIsNoEdit() async throws {
        let refunded = "2026-03-06T10:00:00Z"
        var order = OrderPayload(lines: [.init(id: 1, price: "10.00", quantity: 4)])
        var events = [order.event("orders/create")]
        let refund = order.refund(9, refunded, lines: [(1, 1, "10.00", "0.00")])
        order.updated = refunded
        order.lines[0].current = 3
        // The delivery of the order overtakes the refund's.
        events += [order.event(), order.refundEvent(refund, refunded)]
        order.refunds = [refund]
        order.updated = "2026-03-08T10:00:00Z"
        order.lines[0].current = 1
        events.append(order.event())
        #expect(
            try await OrdersLedgerTests.ledger(events) == [
                "03-01 4 4000 0 0 4000 0 0 0 4000", "03-06 -1 0 0 1000 -1000 0 0 0 -1000",
                "03-08 -2 -2000 0 0 -2000 0 0 0 -2000", "all 1 2000 0 1000 1000 0 0 0 1000",
            ])
    }

    @Test func theImportAloneTellsWhatIsGone() async throws {
        var order = OrderPayload(lines: [.init(id: 1, price: "10.00", quantity: 3, current: 1)])
        order.updated = "2026-03-04T10:00:00Z"
        #expect(
            try await OrdersLedgerTests.ledger([order.event(source: .history)]) == [
                "03-01 3 3000 0 0 3000 0 0 0 3000", "03-04 -2 -2000 0 0 -2000 0 0 0 -2000",
                "all 1 1000 0 0 1000 0 0 0 1000",
            ])
    }

    @Test func aCancellationIsNoEdit() async throws {
        var order = OrderPayload(lines: [.init(id: 1, price: "10.00", quantity: 3)])
        let first = order.event("orders/create")
        order.updated = "2026-03-04T10:00:00Z"
        order.cancelled = order.updated
        order.lines[0].current = 0
        #expect(
            try await OrdersLedgerTests.ledger([first, order.event("orders/cancelled")]) == [
                "03-01 3 3000 0 0 3000 0 0 0 3000", "03-04 -3 0 0 3000 -3000 0 0 0 -3000",
                "all 0 3000 0 3000 0 0 0 0 0",
            ])
    }
}
