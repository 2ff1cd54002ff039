import EventModel
import Postgres
import Testing

/// Payloads that count fewer units than those before, or leave positions out: what is gone counts on the day on which
/// it is first missing, and the days before stay.
@Suite struct OrdersShrinkingTests {
    static func day(_ number: Int) -> String { OrdersChangeTests.day(number) }

    static let first = OrderPayload(
        currency: "JPY",
        lines: [
            .init(id: 1, price: "100", quantity: 5, product: 7000),
            .init(id: 2, price: "300", quantity: 4, product: 7001),
        ])

    static func changed(_ number: Int, _ change: (inout OrderPayload) -> Void) -> ShopEvent {
        var order = first
        change(&order)
        order.updated = day(number)
        return order.event()
    }

    /// day, units and gross of product 7001
    static func product(_ events: [ShopEvent]) async throws -> [String] {
        try await CommerceLog.with { log in
            try log.append(events)
            try await log.project(["orders"], batchSize: 2)
            return try log.connection.query(
                """
                select concat_ws(' ', to_char(at at time zone 'UTC', 'MM-DD'), sum(quantity), sum(gross))
                from orders.ledger where product_id = 7001 group by at order by at
                """
            ).map { $0.text(0) }
        }
    }

    @Test(arguments: [true, false]) func aSmallerQuantityIsARemoval(isEditKnown: Bool) async throws {
        let fallen = Self.changed(3) { ($0.lines[1].quantity, $0.lines[1].current) = (1, 1) }
        let edit = Self.first.edit(9, Self.day(3), removed: [(2, 3)])
        let events = [Self.first.event("orders/create"), fallen] + (isEditKnown ? [edit] : [])
        for arrival in EqualTimesTests.permutations(events) {
            #expect(try await Self.product(arrival) == ["03-01 4 1200", "03-03 -3 -900"])
        }
    }

    /// As Shopify tells it, and then the other way: taken away once.
    @Test func aRemovalToldTwiceCountsOnce() async throws {
        let told = Self.changed(3) { $0.lines[1].current = 1 }
        let fallen = Self.changed(5) { ($0.lines[1].quantity, $0.lines[1].current) = (1, 1) }
        let gone = Self.changed(7) { $0.lines.removeLast() }
        #expect(
            try await Self.product([gone, Self.first.event("orders/create"), fallen, told]) == [
                "03-01 4 1200", "03-03 -3 -900", "03-07 -1 -300",
            ])
    }

    @Test func whatComesBackIsAnAddition() async throws {
        let fallen = Self.changed(3) { $0.lines[1].quantity = 1 }
        let risen = Self.changed(5) { $0.lines[1].quantity = 3 }
        #expect(
            try await Self.product([risen, fallen, Self.first.event("orders/create")]) == [
                "03-01 4 1200", "03-03 -3 -900", "03-05 2 600",
            ])
    }

    @Test func aLineThatIsMissingIsRemoved() async throws {
        let events = [Self.first.event("orders/create"), Self.changed(3) { $0.lines.removeLast() }]
        for arrival in EqualTimesTests.permutations(events) {
            #expect(try await Self.product(arrival) == ["03-01 4 1200", "03-03 -4 -1200"])
            #expect(
                try await OrdersLedgerTests.ledger(arrival) == [
                    "03-01 9 1700 0 0 1700 0 0 0 1700", "03-03 -4 -1200 0 0 -1200 0 0 0 -1200",
                    "all 5 500 0 0 500 0 0 0 500",
                ])
        }
    }

    /// What a cancellation takes away is returned, also where its payload lists nothing any more.
    @Test func aCancelledOrderWithoutLinesIsReturned() async throws {
        let cancelled = Self.changed(4) { order in
            order.cancelled = Self.day(4)
            order.lines = []
        }
        #expect(
            try await OrdersLedgerTests.ledger([Self.first.event("orders/create"), cancelled]) == [
                "03-01 9 1700 0 0 1700 0 0 0 1700", "03-04 -9 0 0 1700 -1700 0 0 0 -1700",
                "all 0 1700 0 1700 0 0 0 0 0",
            ])
    }

    @Test func whatARefundReturnedIsNotRemovedToo() async throws {
        let refund = Self.first.refund(8, Self.day(2), lines: [(2, 3, "900", "0")])
        let fallen = Self.changed(3) { ($0.lines[1].quantity, $0.lines[1].current) = (1, 1) }
        #expect(
            try await OrdersLedgerTests.ledger([
                Self.first.event("orders/create"), fallen, Self.first.refundEvent(refund, Self.day(2)),
            ]) == [
                "03-01 9 1700 0 0 1700 0 0 0 1700", "03-02 -3 0 0 900 -900 0 0 0 -900",
                "all 6 1700 0 900 800 0 0 0 800",
            ])
    }
}
