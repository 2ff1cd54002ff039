import EventModel
import Postgres
import Privacy
import Projector
import ReadModels
import Synchronization
import TestSupport
import Testing

@testable import DataSubjects

/// Copies of read models that no tombstone reaches.
@Suite("Copies of read models in an erasure")
struct VersionTests {
    /// Copies that an erasure meets, of which one is behind.
    private func copies(_ world: ErasureWorld) throws {
        for name in ["orders_previous", "leads_next"] {
            try world.connection.execute(
                """
                create schema \(name);
                create table \(name).checkpoint (lane smallint primary key, position bigint not null);
                create table \(name).kept (word text);
                insert into \(name).kept values ('annastreet 1');
                """)
        }
    }

    private func isClear(_ world: ErasureWorld, _ request: SubjectRequest) async throws -> Bool {
        let left = try world.connection.query(
            "select nspname::text from pg_namespace where nspname in ('orders_previous', 'leads_next')")
        let steps = try await world.receipt(request.id)["steps"] as? [String: [String: Int]]
        return left.isEmpty && steps?["versions"]?["read_models"] == 2
    }

    @Test("what was kept for a rollback goes, and so does at once what a rebuild has left behind that has ended")
    func leftBehind() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.project()
            try copies(world)
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            #expect(try await isClear(world, request))
        }
    }

    @Test("a copy that a rebuild is filling is waited for, and goes after its time")
    func copies() async throws {
        try await ErasureWorld.with { world in
            let clock = Mutex(ErasureWorld.now)
            world.parts = ErasureParts(
                pool: world.pool, vault: world.vault, dictionaries: .none, recorder: world.recorder,
                stores: world.parts.stores, nowMillis: { clock.withLock(\.self) })
            try await world.order(101, of: "anna", customer: 11)
            try await world.project()
            try copies(world)
            try RebuildLock.hold(on: world.connection)
            let request = try await world.ask { $0.customerID = "11" }
            for _ in 0..<20 {
                _ = try await RequestFlow(parts: world.parts).advance(request.id)
                try await world.follower.begin()
                try await world.project()
            }
            // The copy that is being filled may still get to the tombstone by itself.
            #expect(try await world.desk.find(request.id)?.step == "exports")
            clock.withLock { $0 += 6 * 3_600_000 }
            try await world.workOff(request.id)
            #expect(try await isClear(world, request))
        }
    }

    @Test("a rebuild of the index behind the erasure of who has thousands of events ends, and comes to the same")
    func manyEvents() async throws {
        try await ErasureWorld.with { world in
            try world.pixels(
                (0..<Self.checkouts).map { number in
                    """
                    {"name":"checkout_completed","id":"c\(number)","clientId":"browser-a","data":{"checkout":{
                    "token":"token-\(number)","email":"anna@example.com","order":{"id":"\(number % 50)",
                    "customer":{"id":"11"}}}}}
                    """
                })
            try await world.project()
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            // Less than half of what looking each event up among all of the shop's takes.
            var configuration = try world.projectorConfiguration()
            configuration.database.statementTimeoutMillis = 5000
            let compared = try await ProjectionRebuilder(configuration).verify(["subjects"])
            #expect(compared.allSatisfy { $0.isEqual })
        }
    }

    private static let checkouts = 3000
}
