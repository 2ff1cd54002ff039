import DataSubjects
import Postgres
import Testing

@Suite("Events that come between a tombstone and its fence")
struct LateOrderTests {
    @Test("read models name nobody whose kept order comes then, and the order can be read")
    func keptOrder() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.project()
            let request = try await world.ask { ask in
                (ask.customerID, ask.email) = ("11", "anna@example.com")
                (ask.orderIDs, ask.orders) = (["101"], .listed)
            }
            try await world.workOff(request.id, endingAt: .recorded)
            try await world.order(102, of: "anna", customer: 11, minutes: 5)
            try await world.project()

            try await world.workOff(request.id)
            #expect(try await world.desk.find(request.id)?.state == .done)
            let opened = try await world.opened().values
            #expect(opened.count == 1 && opened.allSatisfy { $0.contains("#102") })
            let naming = """
                select count(*) from orders.shop_order o join privacy.fence f on f.handle in (o.handle, o.email)
                """
            #expect(try world.connection.query(naming)[0].int64(0) == 0)
        }
    }
}
