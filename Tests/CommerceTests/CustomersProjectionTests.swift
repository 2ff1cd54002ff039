import EventModel
import Pipelines
import Postgres
import ReadModels
import Testing

/// Customers and what they bought, in any order of arrival.
@Suite struct CustomersProjectionTests {
    static func time(_ minute: Int) -> String { ProductsProjectionTests.time(minute) }

    static func customer(_ handle: UInt64, _ minute: Int, state: String = "enabled", tags: String = "VIP") -> ShopEvent
    {
        ShopEvent(
            name: "customers/update",
            body: """
                {"id":{"sealed":true},"email":{"sealed":true},"test_case":\(handle),"state":"\(state)",\
                "verified_email":true,"tax_exempt":false,"currency":"EUR","tags":"\(tags)","created_at":"\(time(0))",\
                "updated_at":"\(time(minute))"}
                """, time: Timestamp.parse(time(minute)) ?? 0,
            handles: [(.customer, handle), (.email, handle + 1000)])
    }

    /// As deliveries since 2025-01 are: without tags.
    static func untagged(_ handle: UInt64, _ minute: Int) -> ShopEvent {
        var event = customer(handle, minute)
        event.body = event.body.replacing("\"tags\":\"VIP\",", with: "")
        return event
    }

    static func tags(_ handle: UInt64, _ minute: Int, _ change: String, _ tags: [String]) -> ShopEvent {
        ShopEvent(
            name: "customer.tags_\(change)",
            body: """
                {"customerId":{"sealed":true},"tags":[\(tags.map { "\"\($0)\"" }.joined(separator: ","))],\
                "occurredAt":"\(time(minute))","test_case":\(handle)}
                """, handles: [(.customer, handle)])
    }

    static func order(
        _ id: Int, _ minute: Int, customer: UInt64?, total: String, status: String = "paid", more: String = ""
    ) -> ShopEvent {
        ShopEvent(
            name: "orders/updated",
            body: """
                {"id":\(id),"financial_status":"\(status)","current_total_price":"\(total)","currency":"EUR",\
                "processed_at":"\(time(id))","updated_at":"\(time(minute))","test_case":\(customer ?? 0)\(more)}
                """, time: Timestamp.parse(time(minute)) ?? 0, handles: customer.map { [(.customer, $0)] } ?? [])
    }

    static func merge(kept: UInt64, gone: UInt64, keptFirst: Bool = true) -> ShopEvent {
        let names = ["admin_graphql_api_customer_kept_id", "admin_graphql_api_customer_deleted_id"]
        let members = (keptFirst ? names : names.reversed()).map { "\"\($0)\":{\"sealed\":true}" }
        return ShopEvent(
            name: "customers/merge", body: "{\(members.joined(separator: ",")),\"test_case\":\(gone)}",
            handles: (keptFirst ? [kept, gone] : [gone, kept]).map { (.customer, $0) })
    }

    static func delete(_ handle: UInt64) -> ShopEvent {
        ShopEvent(
            name: "customers/delete", body: "{\"id\":{\"sealed\":true},\"test_case\":\(handle)}",
            handles: [(.customer, handle)])
    }

    static func consent(_ handle: UInt64, _ minute: Int, _ state: String) -> ShopEvent {
        ShopEvent(
            name: "customers_email_marketing_consent/update",
            body: """
                {"customer_id":{"sealed":true},"test_case":\(handle),"email_marketing_consent":{"state":"\(state)",\
                "consent_updated_at":"\(time(minute))"}}
                """, handles: [(.customer, handle)])
    }

    // Handles stand in the sealed part, by which the test's log does not tell events apart; `test_case` does.

    /// handle, orders, spent of each customer that has a payload
    static func figures(_ log: CommerceLog) throws -> [String] {
        try log.connection.query(
            """
            select concat_ws(' ', ltrim(right(handle::text, 4), '0'), orders, spent, is_deleted) from customers.customer
            where newest_at is not null order by handle
            """
        ).map { $0.text(0) }
    }

    /// However much the orders of one customer are worth, the next one can be added.
    @Test func sumsBeyond64BitsAreCut() async throws {
        try await CommerceLog.with { log in
            try log.append([Self.customer(5, 1), Self.order(1, 2, customer: 5, total: "1.00")])
            try await log.project(["customers"])
            try log.connection.execute("update customers.purchase_sum set amount = \(Int64.max)")
            try log.append([Self.order(2, 3, customer: 5, total: "1.00")])
            try await log.project(["customers"])
            let row = try log.row(
                """
                select c.orders::text, c.spent::text, s.amount::text
                from customers.customer c, customers.purchase_sum s
                """)
            #expect(row == ["2", "\(Int64.max)", "\(Int64.max)"])
        }
    }

    @Test func ordersMakeTheFiguresEachOnce() async throws {
        try await CommerceLog.with { log in
            try log.append([
                Self.order(1, 1, customer: 7, total: "10.00"), Self.order(1, 2, customer: 7, total: "8.50"),
                Self.order(2, 1, customer: 7, total: "5.00", status: "pending"),
                Self.order(3, 1, customer: 7, total: "3.00", more: ",\"test\":true"),
                Self.order(4, 1, customer: 7, total: "9.00", more: ",\"cancelled_at\":\"\(Self.time(4))\""),
                Self.order(5, 1, customer: nil, total: "99.00"), Self.customer(7, 1),
                Self.order(6, 1, customer: 7, total: "1.00"), ShopEvent(name: "orders/delete", body: "{\"id\":6}"),
            ])
            try await log.project(["customers"])
            #expect(try Self.figures(log) == ["7 3 850 f"])
            let row = try log.row(
                "select spent_currency, spent_exponent::text, tags::text, state from customers.customer"
            )
            #expect(row == ["EUR", "2", "{VIP}", "enabled"])
        }
    }

    @Test func worthWithoutACurrentTotalIsTheTotalWithoutRefunds() async throws {
        let event = ShopEvent(
            name: "orders/paid",
            body: """
                {"id":1,"financial_status":"partially_refunded","total_price":"20.00","currency":"EUR","refunds":[\
                {"transactions":[{"kind":"refund","status":"success","amount":"4.50"},\
                {"kind":"refund","status":"failure","amount":"9.00"}]}]}
                """, handles: [(.customer, 7)])
        try await CommerceLog.with { log in
            try log.append([event, Self.customer(7, 1)])
            try await log.project(["customers"])
            #expect(try Self.figures(log) == ["7 1 1550 f"])
        }
    }

    @Test(arguments: [1, 100]) func tagsStayWhereAPayloadStatesNone(batchSize: Int) async throws {
        var imported = Self.customer(7, 1, tags: "VIP, b")
        imported.source = .history
        let events = [
            imported, Self.untagged(7, 3), Self.tags(7, 4, "added", ["new", "b"]), Self.tags(7, 5, "removed", ["VIP"]),
            // Before the import, which knows better.
            Self.tags(7, 0, "added", ["old"]), Self.tags(7, 0, "removed", ["b"]),
            Self.tags(8, 2, "added", ["x"]), Self.tags(8, 3, "removed", ["x"]), Self.tags(8, 2, "added", ["y"]),
            Self.untagged(8, 1),
        ]
        for events in [events, events.reversed()] {
            try await CommerceLog.with { log in
                try log.append(events)
                try await log.project(["customers"], batchSize: batchSize)
                #expect(
                    try log.row("select string_agg(tags::text, ' ' order by handle) from customers.customer")
                        == ["{b,new} {y}"])
            }
        }
    }

    @Test(arguments: [true, false]) func aMergeMovesTheFigures(_ keptFirst: Bool) async throws {
        try await CommerceLog.with { log in
            try log.append([
                Self.customer(1, 1), Self.customer(2, 1), Self.customer(3, 1),
                Self.order(1, 1, customer: 1, total: "1.00"), Self.order(2, 1, customer: 2, total: "2.00"),
                Self.merge(kept: 2, gone: 1, keptFirst: keptFirst), Self.merge(kept: 3, gone: 2),
                Self.order(3, 1, customer: 1, total: "4.00"), Self.consent(3, 2, "subscribed"),
                Self.consent(3, 1, "unsubscribed"),
            ])
            try await log.project(["customers"], batchSize: 1)
            #expect(try Self.figures(log) == ["1 0 0 t", "2 0 0 t", "3 3 700 f"])
            #expect(
                try log.row("select marketing_state from customers.customer where not is_deleted") == ["subscribed"])
        }
    }

    @Test func arrivalAndRepetitionPlayNoPart() async throws {
        var random = SplitMix(5)
        var events: [ShopEvent] = []
        for number in 1...40 {
            let handle = UInt64.random(in: 1...8, using: &random)
            let minute = Int.random(in: 0...9, using: &random)
            events.append(
                number % 2 == 0 ? Self.untagged(handle, minute) : Self.customer(handle, minute, tags: "t\(number % 3)"))
            let change = Bool.random(using: &random) ? "added" : "removed"
            events.append(Self.tags(handle, minute + number % 2, change, ["t\(number % 4)"]))
            let id = Int.random(in: 1...20, using: &random)
            events.append(
                Self.order(
                    id, Int.random(in: 0...3, using: &random), customer: number % 7 == 0 ? nil : handle,
                    total: "\(number).00", status: number % 5 == 0 ? "voided" : "paid"))
            if number % 3 == 0 {
                events.append(CustomerRefundTests.refund(number, number % 5, amount: "\(number % 2).50"))
            }
            if number % 4 == 0 {
                events.append(Self.consent(handle, number % 9, number % 8 == 0 ? "pending" : "subscribed"))
            }
        }
        events += [
            Self.merge(kept: 1, gone: 2), Self.merge(kept: 3, gone: 1), Self.delete(4), Self.merge(kept: 9, gone: 5),
        ]
        events.append(ShopEvent(name: "orders/delete", body: "{\"id\":3}"))
        var dumps: Set<[String]> = []
        for round in 0..<4 {
            try await CommerceLog.with { log in
                let again =
                    round == 0
                    ? []
                    : events.filter { _ in Bool.random(using: &random) }
                        .map(ProductsProjectionTests.repeated)
                try log.append(round == 0 ? events : (events + again).shuffled(using: &random))
                try await log.project(["customers"], batchSize: round == 1 ? 5 : 1000)
                dumps.insert(
                    try log.dump(
                        "customers",
                        ["customer", "purchase", "purchase_refund", "purchase_sum", "stated_tags", "tag_change"],
                        without: ["version", "position"]))
            }
        }
        #expect(dumps.count == 1 && dumps.first?.isEmpty == false)
    }
}
