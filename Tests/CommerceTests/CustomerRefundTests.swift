import EventModel
import Postgres
import Testing

/// What refunds take from a customer's figures, whether or not a payload of the order follows.
@Suite struct CustomerRefundTests {
    static func time(_ minute: Int) -> String { CustomersProjectionTests.time(minute) }

    /// A refund of order 1, made at this minute.
    static func refund(
        _ id: Int, _ minute: Int, amount: String, status: String = "success", currency: String = "EUR"
    ) -> ShopEvent {
        ShopEvent(
            name: "refunds/create",
            body: """
                {"id":\(id),"order_id":1,"created_at":"\(time(minute))","processed_at":"\(time(minute))",\
                "transactions":[{"id":\(id),"kind":"refund","status":"\(status)","amount":"\(amount)",\
                "currency":"\(currency)"}]}
                """, time: Timestamp.parse(time(minute)) ?? 0)
    }

    /// A payload of order 1 that lists these refunds; nil for one that lists none.
    static func order(_ minute: Int, total: String, refunds: [Int]?) -> ShopEvent {
        let listed = refunds.map { ids in
            ",\"refunds\":[\(ids.map { "{\"id\":\($0)}" }.joined(separator: ","))]"
        }
        return CustomersProjectionTests.order(1, minute, customer: 7, total: total, more: listed ?? "")
    }

    static func spent(_ events: [ShopEvent], batchSize: Int = 1) async throws -> [String] {
        try await CommerceLog.with { log in
            try log.append([CustomersProjectionTests.customer(7, 1)] + events)
            try await log.project(["customers"], batchSize: batchSize)
            return try log.row("select spent::text from customers.customer where not is_deleted")
        }
    }

    @Test(arguments: [1, 100]) func aRefundAloneCounts(batchSize: Int) async throws {
        let events = [
            Self.order(1, total: "20.00", refunds: []), Self.refund(3, 5, amount: "10.00"),
            Self.refund(4, 6, amount: "2.50"),
        ]
        for arrival in EqualTimesTests.permutations(events) {
            #expect(try await Self.spent(arrival, batchSize: batchSize) == ["750"])
        }
    }

    @Test func aPayloadThatKnowsOfItHasItAlready() async throws {
        let events = [
            Self.order(1, total: "20.00", refunds: []), Self.order(6, total: "10.00", refunds: [3]),
            Self.refund(3, 5, amount: "10.00"),
        ]
        for arrival in EqualTimesTests.permutations(events) {
            #expect(try await Self.spent(arrival) == ["1000"])
        }
    }

    @Test func whereAPayloadListsNoneItsTimeTells() async throws {
        let (before, after) = (Self.refund(3, 5, amount: "4.00"), Self.refund(4, 9, amount: "1.00"))
        #expect(try await Self.spent([before, Self.order(7, total: "16.00", refunds: nil), after]) == ["1500"])
    }

    @Test func onlyMoneyOfTheOrdersCurrencyThatWentBackCounts() async throws {
        let events = [
            Self.order(1, total: "20.00", refunds: []), Self.refund(3, 5, amount: "10.00", status: "failure"),
            Self.refund(4, 5, amount: "900", currency: "JPY"), Self.refund(5, 5, amount: "1.00"),
        ]
        #expect(try await Self.spent(events) == ["1900"])
        // No customer has spent less than nothing.
        #expect(try await Self.spent(events + [Self.refund(6, 5, amount: "99.00")]) == ["0"])
    }
}
