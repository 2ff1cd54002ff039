import EventLog
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import Projector
import Reactors
import TestSupport
import Testing

@testable import DataSubjects

/// Events that tell of a further handle of an erased person: what becomes of them, and that nobody has to remember it.
@Suite("Links to an erased person")
struct LinkTests {
    /// Erases the person with this e-mail, whom nobody has heard of.
    private func erase(_ email: String, _ world: ErasureWorld) async throws {
        let request = try await world.ask { $0.email = email }
        try await world.workOff(request.id)
    }

    private func links(_ world: ErasureWorld) async throws -> [SubjectRequest] {
        try await world.desk.list(RequestFilter()).filter { $0.reference == LinkDesk.reference }
    }

    @Test("is carried out from the log alone, by whoever reads it next")
    func durable() async throws {
        try await ErasureWorld.with { world in
            // Of the customer something is held that does not name the e-mail.
            try await world.record(
                "customers/create", #"{"id":33,"email":null,"first_name":"carlafirst"}"#, identity: "c1")
            try await world.project()
            try await erase("carla@example.com", world)
            #expect(try await world.opened().values.contains { $0.contains("carlafirst") })
            try await world.record(
                "customers/update", #"{"id":33,"email":"carla@example.com","first_name":"carlafirst"}"#,
                at: ErasureWorld.now + 1, identity: "c2")
            // Everything that the process knew is gone: only the log is left.
            try await world.react()
            let link = try #require(try await links(world).first)
            #expect(link.state == .done && link.asked.map(\.kind) == [.customer] && link.hasReceipt)
            #expect(try await world.opened().values.allSatisfy { !$0.contains("carla") })
            // Said again, it asks for nothing more.
            try await world.record(
                "customers/update", #"{"id":33,"email":"carla@example.com","first_name":"carla"}"#,
                at: ErasureWorld.now + 2, identity: "c3")
            try await world.react()
            #expect(try await links(world).count == 1)
        }
    }

    @Test("a later order is fenced too, so that what names the order alone stays closed")
    func order() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.project()
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            // A parcel that is told of before the order names only the order.
            try await world.record(
                "fulfillments/create", #"{"id":5,"order_id":102,"tracking_number":"annaparcel"}"#, identity: "f1")
            #expect(try await world.opened().values.contains { $0.contains("annaparcel") })
            try await world.order(102, of: "anna", customer: 11, minutes: 3)
            try await world.react()
            #expect(try await world.opened().isEmpty)
            try await world.record(
                "fulfillments/update", #"{"id":5,"order_id":102,"tracking_number":"annaparcel2"}"#, identity: "f2")
            #expect(try await world.opened().isEmpty)
        }
    }

    @Test("an order that the erasure kept stays as it is, however often it is told of")
    func kept() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.order(102, of: "anna", customer: 11, minutes: 1)
            try await world.project()
            let request = try await world.ask { ask in
                ask.customerID = "11"
                ask.orderIDs = ["101"]
                ask.orders = .listed
            }
            try await world.workOff(request.id)
            let before = try await world.opened()
            try await world.record(
                "orders/updated", #"{"id":102,"email":"anna@example.com","customer":{"id":11}}"#,
                at: ErasureWorld.now + 1, identity: "u1")
            try await world.react()
            #expect(try await links(world).isEmpty)
            #expect(try await world.opened() == before && before.count == 1)
        }
    }

    @Test("an order that a list kept stays when an address is told later that the order names too")
    func keptByList() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.project()
            let request = try await world.ask { ask in
                ask.customerID = "11"
                ask.orders = .listed
            }
            try await world.workOff(request.id)
            let before = try await world.opened()
            #expect(before.count == 1)
            try await world.record(
                "lead", #"{"email":"anna@example.com","name":"annalead"}"#, at: ErasureWorld.now + 1, identity: "l1")
            #expect(try await world.opened().values.contains { $0.contains("annalead") })
            try await world.record(
                "customers/update", #"{"id":11,"email":"anna@example.com"}"#, at: ErasureWorld.now + 2, identity: "c1")
            try await world.react()
            #expect(try await links(world).map(\.orders) == [.listed])
            #expect(try await world.opened() == before)
        }
    }

    @Test("whoever ordered for the erased person before stays, also when that order is told of again")
    func giver() async throws {
        try await ErasureWorld.with { world in
            try await world.record(
                "customers/create", #"{"id":11,"email":"anna@example.com","first_name":"annafirst"}"#, identity: "a")
            try await world.order(201, of: "anna", customer: 22)
            try await world.record(
                "customers/create", #"{"id":22,"email":"berta@example.com","first_name":"bertafirst"}"#, identity: "b")
            try await world.project()
            try await erase("anna@example.com", world)
            let before = try await world.opened().values
            #expect(before.contains { $0.contains("bertafirst") } && !before.contains { $0.contains("annafirst\"}") })
            try await world.record(
                "orders/updated", #"{"id":201,"email":"anna@example.com","customer":{"id":22}}"#,
                at: ErasureWorld.now + 1, identity: "u")
            try await world.react()
            #expect(try await links(world).isEmpty)
            #expect(try await world.opened().count == before.count)
            // And when they order for that person again.
            try await world.record(
                "orders/create", #"{"id":202,"email":"anna@example.com","customer":{"id":22}}"#,
                at: ErasureWorld.now + 2, identity: "n")
            try await world.react()
            #expect(try await links(world).isEmpty)
            #expect(try await world.opened().values.contains { $0.contains("bertafirst") })
        }
    }
}

extension ErasureWorld {
    /// Has a process that knows nothing read the log for tasks and work all of them off.
    func react() async throws {
        let lane = LaneReactor(database: database, reactors: [PrivacyReactor(parts)], dictionaries: .none)
        try await project()
        _ = try await lane.catchUp(lane: shop.lane)
        await lane.release()
        for _ in 0..<200 {
            let tasks = try connection.query(
                "select id, payload::text, idempotency_key from reactor.task where state = 'ready' order by id")
            if tasks.isEmpty { return }
            for row in tasks {
                let task = ReactorTask(
                    id: row.int64(0), lane: shop.lane, shop: shop.id, reactor: "privacy", key: row.text(2),
                    payload: row.text(1), attempt: 1, claim: 1)
                if try await PrivacyReactor(parts).run(task, NoProgress()) == .done {
                    _ = try connection.query("update reactor.task set state = 'done' where id = $1", [.int8(task.id)])
                }
            }
            try await follower.begin()
            try await project()
        }
        throw Crash()
    }
}
