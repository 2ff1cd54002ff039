import DataSubjects
import EventModel
import Foundation
import Postgres
import Testing

/// Erasures that reach an order and not who ordered: the receipt tells what went all the same.
@Suite("Erasure of an order alone")
struct OrderAloneTests {
    private func erase(_ world: ErasureWorld, customer: String?, order: String) async throws -> [String: Any] {
        try await world.project()
        let request = try await world.ask { ask in
            (ask.customerID, ask.orderIDs, ask.orders) = (customer, [order], .listed)
        }
        try await world.workOff(request.id)
        return try await world.receipt(request.id)
    }

    private func expectFound(_ receipt: [String: Any], events: Int) {
        #expect((receipt["found"] as? [String: Any])?["anything"] as? Bool == true)
        #expect((receipt["log"] as? [String: Any])?["events"] as? Int == events)
        #expect((receipt["statements"] as? [String])?.contains { $0.contains("Nothing was held") } == false)
        #expect((receipt["steps"] as? [String: [String: Int]])?["destroyed"]?["purchase_keys"] == 1)
    }

    @Test("of whom only the pixel knows: the event is gone, and the receipt says so")
    func pixel() async throws {
        try await ErasureWorld.with { world in
            try world.pixel(
                """
                {"name":"checkout_completed","id":"3","data":{"checkout":{"token":"t","email":"carla@example.com",\
                "order":{"id":"301","customer":{"id":"33"}}}}}
                """)
            #expect(try await world.opened().count == 1)
            expectFound(try await erase(world, customer: nil, order: "301"), events: 1)
            #expect(try await world.opened().isEmpty)
        }
    }

    @Test("of an account that was merged into the one that is named")
    func merged() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            expectFound(try await erase(world, customer: "77", order: "101"), events: 1)
            #expect(try await world.opened().isEmpty)
        }
    }

    @Test("whose only event was set aside")
    func setAside() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            let record = try world.record(at: world.head())
            _ = try world.connection.query(
                "insert into log.quarantine (lane, shop_id, reason, record) values ($1, $2, 1, $3)",
                [.int2(world.shop.lane), .int4(world.shop.id), .bytes(record)])
            // The index of subjects has not heard of it.
            try await world.project()
            try world.connection.execute("delete from subjects.mention")
            expectFound(try await erase(world, customer: nil, order: "101"), events: 0)
        }
    }

    @Test("an account that takes a guest's phone while the erasure is under way stays")
    func laterAccount() async throws {
        try await ErasureWorld.with { world in
            try await world.record(
                "orders/create", #"{"id":301,"email":"carla@example.com","phone":"+4930155"}"#, identity: "o")
            try await world.order(201, of: "berta", customer: 22)
            try await world.project()
            let request = try await world.ask { $0.email = "carla@example.com" }
            try await world.workOff(request.id, endingAt: .recorded)
            try await world.record(
                "customers/update", #"{"id":22,"email":"berta@example.com","phone":"+4930155"}"#,
                at: ErasureWorld.now + 1, identity: "c")
            try await world.workOff(request.id)
            #expect(try await world.opened().values.contains { $0.contains("bertastreet") })
        }
    }
}
