import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Recorder
import Testing

@testable import DataSubjects

/// What comes between the tombstones of one erasure, and beside them.
@Suite("Rounds of an erasure")
struct RoundsTests {
    private func isEqualToARebuild(_ world: ErasureWorld) async throws -> Bool {
        try await world.follower.begin()
        try await world.project()
        return try await ProjectionRebuilder(world.projectorConfiguration()).verify().allSatisfy(\.isEqual)
    }

    private func texts(_ world: ErasureWorld) async throws -> String {
        try await world.opened().values.joined(separator: "\n")
    }

    @Test("an order's contact is another one, wherever the customer's own address stands and where there is none")
    func contacts() async throws {
        try await ErasureWorld.with { world in
            for (id, emails) in [
                (701, #""customer":{"id":11,"email":"anna@example.com"},"email":"carla@example.com""#),
                (702, #""email":"dora@example.com","customer":{"id":11,"email":null}"#),
            ] { try await world.record("orders/create", #"{"id":\#(id),\#(emails)}"#, identity: "\(id)") }
            for (id, person) in [(703, "anna"), (704, "carla"), (705, "dora")] {
                let order = #"{"id":\#(id),"email":"\#(person)@example.com","note":"by \#(person)"}"#
                try await world.record("orders/create", order, identity: "\(id)")
            }
            try await world.project()
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            let left = try await texts(world)
            #expect(left.contains("by carla") && left.contains("by dora") && !left.contains("anna"))
            #expect(try await world.opened().count == 2)
        }
    }

    @Test("an order for a checkout that only the pixel named stays its buyer's, also while the erasure goes on")
    func claimedCheckout() async throws {
        try await ErasureWorld.with { world in
            try world.pixel(
                """
                {"name":"checkout_started","id":"1","clientId":"browser-a","data":{"checkout":{"token":"token-1",
                "email":"anna@example.com"}}}
                """)
            try await world.project()
            let request = try await world.ask { $0.email = "anna@example.com" }
            try await world.workOff(request.id, endingAt: .recorded)
            try await world.record(
                "orders/create", #"{"id":301,"checkout_token":"token-1","email":"carla@example.com"}"#, identity: "o")
            try await world.workOff(request.id)
            let opened = try await world.opened()
            #expect(opened.count == 1 && opened.values.allSatisfy { $0.contains("carla") })
            let fenced = try world.connection.query("select kind from privacy.fence order by kind").map { $0.int16(0) }
            #expect(fenced == [HandleKind.email, .checkout].map { Int16($0.rawValue) })
        }
    }

    @Test("where an order goes between somebody's tombstone and fence, read models are what a rebuild makes of the log")
    func betweenTombstoneAndFence() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.order(102, of: "anna", customer: 11, minutes: 1)
            try await world.project()
            let anna = try await world.ask { ask in
                (ask.customerID, ask.orderIDs, ask.orders) = ("11", ["101"], .listed)
            }
            try await world.workOff(anna.id, endingAt: .recorded)
            // An account that was merged into the one that is named.
            let order = try await world.ask { ask in
                (ask.customerID, ask.orderIDs, ask.orders) = ("77", ["102"], .listed)
            }
            try await world.workOff(order.id)
            try await world.workOff(anna.id, endingAt: .destroyed)
            #expect(try await isEqualToARebuild(world))
            try await world.workOff(anna.id)
            #expect(try await isEqualToARebuild(world))
            #expect(try world.connection.query("select from subjects.mention").isEmpty)
        }
    }

    @Test("a key that comes back with a second batch goes again", arguments: [ErasureStep.destroyed, .searched])
    func keyThatComesBack(behind step: ErasureStep) async throws {
        try await ErasureWorld.with { world in
            let browser = #""clientId":"browser-a""#
            try world.pixel(
                #"{"name":"x","id":"1",\#(browser),"data":{"checkout":{"email":"anna@example.com"}}}"#)
            let address = #"{"checkout":{"shippingAddress":{"firstName":"annafirst"}}}"#
            try world.pixel(#"{"name":"checkout_address_info_submitted","id":"2",\#(browser),"data":\#(address)}"#)
            try await world.project()
            try world.connection.execute(
                "create table granted as select * from registry.subject_key where handle_kind = 7")
            #expect(try await texts(world).contains("annafirst"))
            let request = try await world.ask { $0.email = "anna@example.com" }
            try await world.workOff(request.id, endingAt: step == .searched ? .vacuumed : step)
            let back = try world.connection.query("insert into registry.subject_key select * from granted")
            #expect(back.affectedRows == 1)
            try await world.workOff(request.id)
            #expect(try world.connection.query("select from registry.subject_key").isEmpty)
            #expect(try await world.opened().isEmpty)
        }
    }

    @Test("who has more handles than a tombstone holds gets several, and is erased like anybody else")
    func severalTombstones() async throws {
        try await ErasureWorld.with { world in
            for order in 101...104 { try await world.order(order, of: "anna", customer: 11, minutes: order - 101) }
            try await world.order(201, of: "berta", customer: 22)
            try await world.project()
            world.parts.tombstoneHandlesMax = 2
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id, endingAt: .recorded)
            // Named again, it comes to a second look.
            try await world.order(105, of: "anna", customer: 11, minutes: 9)
            try await world.workOff(request.id)
            let opened = try await world.opened()
            #expect(opened.count == 1 && opened.values.allSatisfy { $0.contains("berta") })
            let rounds = try RoundTable.list(request.id, on: world.connection)
            #expect(rounds.count == 8 && rounds.allSatisfy { $0.handles.count <= 2 && $0.tombstone != nil })
            #expect(Set(rounds.compactMap(\.generation)).count == rounds.count)
            let receipt = try await world.receipt(request.id)
            #expect((receipt["log"] as? [String: Any])?["events"] as? Int == 5)
            #expect(try await isEqualToARebuild(world))
            #expect(try world.totals().hasPrefix("6 "))
        }
    }

    @Test("of a hundred thousand handles each is in one tombstone, and their number ends no erasure")
    func manyHandles() async throws {
        try await ErasureWorld.with { world in
            func handles(_ kind: HandleKind, _ count: UInt64) -> [Handle] {
                (0..<count).map { Handle(kind: kind, hash: Key128(high: UInt64(kind.rawValue), low: $0)) }
            }
            let person = TracedPerson(
                handles: handles(.order, 95_000), unlinked: handles(.cart, 10_000), positions: [5, 3])
            let rounds = try #require(world.parts.next([], person, looksMax: 1))
            #expect(rounds.map(\.sequence) == Array(1...11) && rounds.flatMap(\.handles) == person.handles)
            #expect(rounds.flatMap(\.unlinked) == person.unlinked && rounds.flatMap(\.positions) == [3, 5])
            #expect(world.parts.next(rounds, person, looksMax: 1) == nil)
            #expect(world.parts.next(rounds, person, looksMax: 2)?.first?.sequence == 12)
            let nobody = try #require(world.parts.next([], TracedPerson(), looksMax: 1))
            #expect(nobody.count == 1 && nobody[0].handles.isEmpty)
            let tombstone = OwnEvent.tombstone(rounds[0].handles, request: .zero, sequence: 1, at: 0)
            #expect(tombstone.payload.count < 1 << 20)
        }
    }
}
