import EventModel
import Pipelines
import Postgres
import Testing

/// Deliveries of one order that state one `updated_at`: what they say decides, not which came last.
@Suite struct EqualTimesTests {
    static let day = Timestamp.parse("2026-03-02T10:00:00Z") ?? 0
    static let customer: UInt64 = 5

    /// A delivery of an order of customer 5 at this price, triggered so many milliseconds after all began.
    static func delivery(
        _ topic: String, price: String, status: String = "paid", triggered: Int64 = 0
    ) -> ShopEvent {
        var order = OrderPayload(lines: [.init(id: 1, price: price)], totalPrice: price)
        order.updated = topic == "orders/create" ? order.updated : "2026-03-02T10:00:00Z"
        order.status = status
        var event = order.event(topic)
        event.handles = [(.customer, Self.customer)]
        event.time = day + triggered
        return event
    }

    struct Outcome: Hashable {
        let rows: [String]
        let shown: [String]
    }

    /// What both read models show after these deliveries in this order, a second apart by the gateway's clock. Where
    /// `isStated` is false they come without `X-Shopify-Triggered-At`, and the event's time is that clock's too.
    static func outcome(_ arrival: [ShopEvent], isStated: Bool, batchSize: Int) async throws -> Outcome {
        let deliveries = arrival.enumerated().map { index, event in
            var event = event
            event.receivedAt = day + 60_000 + Int64(index) * 1000
            if !isStated { event.time = event.receivedAt ?? 0 }
            return event
        }
        return try await CommerceLog.with { log in
            try log.append([CustomersProjectionTests.customer(Self.customer, 1)] + deliveries)
            try await log.project(["orders", "customers"], batchSize: batchSize)
            return Outcome(
                rows: try log.dump("orders", OrdersPropertyTests.tables, without: OrdersPropertyTests.arrival)
                    + log.dump("customers", ["customer", "purchase", "purchase_sum"]),
                shown: try log.row(
                    """
                    select financial_status, gross::text, spent::text
                    from orders.shop_order, customers.customer
                    """))
        }
    }

    /// All orders of up to three.
    static func permutations(_ events: [ShopEvent]) -> [[ShopEvent]] {
        guard events.count > 1 else { return [events] }
        return events.indices.flatMap { index in
            var rest = events
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    @Test(arguments: [true, false], [1, 100])
    func arrivalDecidesNothing(isStated: Bool, batchSize: Int) async throws {
        let events = [
            Self.delivery("orders/create", price: "10.00"), Self.delivery("orders/updated", price: "20.00"),
            Self.delivery("orders/paid", price: "30.00"),
        ]
        var found: Set<Outcome> = []
        for arrival in Self.permutations(events) {
            found.insert(try await Self.outcome(arrival, isStated: isStated, batchSize: batchSize))
        }
        #expect(found.count == 1)
        // The order and its customer tell the same.
        #expect(found.allSatisfy { $0.shown[1] == $0.shown[2] && $0.shown[1] != "1000" })
    }

    @Test(arguments: [1, 100]) func whatWasTriggeredLaterIsNewer(batchSize: Int) async throws {
        let pending = Self.delivery("orders/updated", price: "10.00", status: "pending", triggered: 100)
        let paid = Self.delivery("orders/paid", price: "10.00", triggered: 900)
        for arrival in [[pending, paid], [paid, pending]] {
            let found = try await Self.outcome(arrival, isStated: true, batchSize: batchSize)
            #expect(found.shown == ["paid", "1000", "1000"])
        }
        // The other way round in time.
        let (early, late) = (
            Self.delivery("orders/paid", price: "10.00", triggered: 100),
            Self.delivery("orders/updated", price: "10.00", status: "pending", triggered: 900)
        )
        for arrival in [[early, late], [late, early]] {
            let found = try await Self.outcome(arrival, isStated: true, batchSize: batchSize)
            #expect(found.shown == ["pending", "1000", "0"])
        }
    }

    /// What is said ahead of the gateway's clock comes back to it, and tells of arrival only.
    @Test func aTimeBroughtBackDecidesNothing() async throws {
        let events = [Self.delivery("orders/updated", price: "20.00"), Self.delivery("orders/paid", price: "30.00")]
        var found: Set<Outcome> = []
        for arrival in Self.permutations(events) {
            let clamped = arrival.enumerated().map { index, event in
                var event = event
                event.time = Self.day + 60_000 + Int64(index) * 1000 + 5 * 60_000
                return event
            }
            found.insert(try await Self.outcome(clamped, isStated: true, batchSize: 1))
        }
        #expect(found.count == 1)
    }
}
