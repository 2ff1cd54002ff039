import DataSubjects
import EventLog
import EventModel
import Postgres
import Privacy
import TestSupport
import Testing

/// Events that come out of the quarantine under another identity.
@Suite("Replayed events of a person")
struct ReplayTests {
    /// An order of Anna's, and its bytes once more in quarantine; the row's id.
    private func conflict(_ world: ErasureWorld) async throws -> Int64 {
        try await world.order(101, of: "anna", customer: 11)
        return try world.connection.query(
            "insert into log.quarantine (lane, shop_id, reason, record) values ($1, $2, 1, $3) returning id",
            [.int2(world.shop.lane), .int4(world.shop.id), .bytes(try world.record(at: 1))])[0].int64(0)
    }

    @Test("as a new event it opens like the first one, and is erased with it")
    func resealed() async throws {
        try await ErasureWorld.with { world in
            let id = try await conflict(world)
            let resealer = EventResealer(vault: world.vault, on: world.connection)
            try Quarantine(world.connection).replay(id, fix: .asNewEvent(reseal: resealer.sealed(_:lane:as:)))
            try await world.project()
            let opened = try await world.opened()
            #expect(opened.count == 2 && Set(opened.values).count == 1)
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            #expect(try await world.opened().isEmpty)
        }
    }

    @Test("what is sealed for another event stays closed, and holds up neither an erasure nor the others")
    func unopenable() async throws {
        try await ErasureWorld.with { world in
            let id = try await conflict(world)
            try Quarantine(world.connection).replay(id, fix: .asNewEvent { record, _, _ in record.sealed })
            try await world.project()
            #expect(try await world.opened().count == 1)
            var ask = SubjectAsk(.access)
            ask.customerID = "11"
            let access = try await world.desk.ask(ask, shop: world.shop.id, origin: .cli)
            try await world.workOff(access.id)
            #expect(try await world.desk.find(access.id)?.state == .done)
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            #expect(try await world.desk.find(request.id)?.state == .done)
        }
    }
}
