import EventModel
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Testing

/// What is counted of events by dimension and by shop, and whose a visit is.
@Suite struct CountTests {
    private static let base = VisitFoldTests.base

    private static func bought(_ products: [Int], at offset: Int64) -> TestEvent {
        let lines = products.map { #"{"variant":{"id":"1\#($0)","product":{"id":"\#($0)"}}}"# }.joined(separator: ",")
        return TestEvent(
            name: "checkout_completed", time: base + offset, data: #""checkout":{"lineItems":[\#(lines)]}"#)
    }

    @Test func anEventOfSeveralProductsIsInOneRow() async throws {
        try await TestLog.with { log in
            let events = [
                Self.bought([8, 7], at: 0), Self.bought([7, 8], at: 1), Self.bought([7], at: 2),
                TestEvent(time: Self.base + 3),
            ]
            try log.append(events)
            try await log.project(names: ["pages"])
            let rows = try log.connection.query(
                "select value, purchases from pages.event_total where dimension = 'product' order by value")
            #expect(rows.map { $0.text(0) } == ["7", "7\u{1F}8"])
            #expect(rows.map { $0.int64(1) } == [1, 2])
        }
    }

    @Test func whatFootfallNotesItselfIsNoEventOfTheShop() async throws {
        try await TestLog.with { log in
            try log.append([TestEvent(time: Self.base), TestEvent(time: Self.base + 1)])
            try await log.project(names: ["shops"])
            try log.append([
                TestEvent(name: "personal.opened", time: Self.base + 9_000_000, source: .system),
                TestEvent(shop: 2, time: Self.base + 2),
            ])
            try await log.project(names: ["shops"])
            let row = try log.connection.query(
                "select events, version, last_event_at from shops.shop where shop_id = 1")[0]
            #expect(row.int64(0) == 2)
            #expect(row.int64(1) == 2)
            #expect(row.timestampMillis(2) == Self.base + 1)
            #expect(try log.number("select count(*) from shops.shop_event where source = 4") == 0)
        }
    }

    /// A visit is the customer's whom it names, in any order of arrival; without consent nobody's.
    @Test func aVisitNamesItsCustomer() throws {
        let (one, two) = (Key128(high: 1, low: 1), Key128(high: 2, low: 2))
        var facts = try TestRules.facts((0..<3).map { TestEvent(time: Self.base + $0 * 1000) })
        #expect(VisitFoldTests.fold(facts).visits[0].state.customer == nil)
        facts[1].handles = [Handle(kind: .customer, hash: two)]
        facts[2].handles = [Handle(kind: .customer, hash: one), Handle(kind: .email, hash: .zero)]
        #expect(VisitFoldTests.fold(facts).visits[0].state.customer == one)
        #expect(VisitFoldTests.fold(facts.reversed()).visits[0].state.customer == one)
        for index in facts.indices { facts[index].visitorKind = .daily }
        #expect(VisitFoldTests.fold(facts).visits[0].state.customer == nil)
    }

    @Test func anyCheckoutEventEndsABounce() throws {
        let event = TestEvent(name: "checkout_shipping_rate_changed", time: Self.base)
        #expect(VisitFoldTests.fold(try TestRules.facts([event])).visits[0].state.isBounce == false)
    }
}
