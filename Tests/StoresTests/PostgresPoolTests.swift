import Postgres
import TestSupport
import Testing

@Suite struct PostgresPoolTests {
    @Test func manyCallersShareFewSessions() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let pool = PostgresPool(configuration, size: 2)
            let backends = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<40 {
                    group.addTask { try await pool.run { try $0.query("SELECT pg_backend_pid()")[0].int32(0) } }
                }
                return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
            }
            #expect((1...2).contains(backends.count))
        }
    }

    @Test func aTransactionLeftOpenIsRolledBack() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let pool = PostgresPool(configuration, size: 1)
            try await pool.run { try $0.execute("CREATE TABLE t (a int4)") }
            try await pool.run { try $0.execute("BEGIN; INSERT INTO t VALUES (1)") }
            let count = try await pool.run { try $0.query("SELECT count(*) FROM t")[0].int64(0) }
            #expect(count == 0)
        }
    }

    @Test func aCancelledCallerStopsWaiting() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let pool = PostgresPool(configuration, size: 1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await pool.run { _ = try $0.query("SELECT 1") }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.run { try $0.query("SELECT 1")[0].int32(0) } == 1)
        }
    }
}
