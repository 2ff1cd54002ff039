import EventModel
import Postgres
import Privacy
import Synchronization
import TestSupport
import Testing

@testable import DataSubjects

/// Copies of read models that no tombstone reaches.
@Suite("Copies of read models in an erasure")
struct VersionTests {
    @Test("what was kept for a rollback goes, and a rebuild that was left behind goes after its time")
    func copies() async throws {
        try await ErasureWorld.with { world in
            let clock = Mutex(ErasureWorld.now)
            world.parts = ErasureParts(
                pool: world.pool, vault: world.vault, dictionaries: .none, recorder: world.recorder,
                stores: world.parts.stores, nowMillis: { clock.withLock(\.self) })
            try await world.order(101, of: "anna", customer: 11)
            try await world.project()
            for name in ["orders_previous", "leads_next"] {
                try world.connection.execute(
                    """
                    create schema \(name);
                    create table \(name).checkpoint (lane smallint primary key, position bigint not null);
                    create table \(name).kept (word text);
                    insert into \(name).kept values ('annastreet 1');
                    """)
            }
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
            let left = try world.connection.query(
                "select nspname::text from pg_namespace where nspname in ('orders_previous', 'leads_next')")
            #expect(left.isEmpty)
            let steps = try await world.receipt(request.id)["steps"] as? [String: [String: Int]]
            #expect(steps?["versions"]?["read_models"] == 2)
        }
    }
}
