import Postgres
import TestSupport
import Testing

@Suite struct PostgresConnectionTests {
    /// Runs the body on a connection of a fresh, empty database.
    private func withConnection(_ body: @Sendable (PostgresConnection) throws -> Void) async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            try await PostgresSession(configuration).run(body)
        }
    }

    @Test func errorsCarryTheServersState() async throws {
        try await withConnection { connection throws in
            try connection.execute("CREATE TABLE t (a int4 CONSTRAINT positive CHECK (a > 0))")
            let error = #expect(throws: PostgresError.self) {
                try connection.query("INSERT INTO t VALUES ($1)", [.int4(-1)])
            }
            #expect(error?.sqlState == "23514")
            #expect(error?.constraint == "positive")
            #expect(error?.isRetryable == false)
            #expect(connection.isConnected)
        }
    }

    /// The lock stands for a server that stands still: neither ends by itself.
    @Test func aServerThatDoesNotAnswerIsGivenUp() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            var patient = configuration
            patient.patienceMillis = 50
            let (holder, waiting) = (PostgresSession(configuration), PostgresSession(patient))
            try await holder.run { connection throws in
                _ = try connection.query("SELECT pg_advisory_lock(1)")
            }
            try await waiting.run { connection throws in
                #expect(try connection.query("SELECT 1")[0].int32(0) == 1)
                for ask in ["SELECT pg_advisory_lock(1)", "SELECT pg_advisory_lock(1), 2"] {
                    let error = #expect(throws: PostgresError.self) { _ = try connection.query(ask) }
                    #expect(error?.code == .connection)
                    #expect(!connection.isConnected)
                }
                #expect(throws: PostgresError.self) { try connection.execute("SELECT pg_advisory_lock(1)") }
                #expect(try connection.query("SELECT 2")[0].int32(0) == 2)
            }
            await holder.close()
        }
    }

    @Test func oneTextTakesParametersOfSeveralTypes() async throws {
        try await withConnection { connection throws in
            let sql = "SELECT coalesce($1::text, 'none')"
            #expect(try connection.query(sql, [.null])[0].text(0) == "none")
            #expect(try connection.query(sql, [.text("x")])[0].text(0) == "x")
            #expect(try connection.query(sql, [.int8(5)])[0].text(0) == "5")
            #expect(try connection.query(sql, [.null])[0].text(0) == "none")
        }
    }

    @Test func preparedStatementsAreBounded() async throws {
        try await withConnection { connection throws in
            for number in 0..<600 { _ = try connection.query("SELECT \(number)") }
            let count = try connection.query("SELECT count(*) FROM pg_prepared_statements")[0].int64(0)
            #expect(count <= 257)
        }
    }

    @Test func aPlanMadeStaleByAChangedTableIsMadeAgain() async throws {
        try await withConnection { connection throws in
            try connection.execute("CREATE TABLE t (a int4); INSERT INTO t VALUES (1)")
            #expect(try connection.query("SELECT * FROM t")[0].columnsRead == [1])
            try connection.execute("ALTER TABLE t ADD COLUMN b int4 DEFAULT 2")
            #expect(try connection.query("SELECT * FROM t")[0].columnsRead == [1, 2])
        }
    }

    @Test func transactionsCommitOrLeaveNothing() async throws {
        try await withConnection { connection throws in
            struct Stop: Error {}
            try connection.execute("CREATE TABLE t (a int4)")
            #expect(throws: Stop.self) {
                try connection.transaction {
                    _ = try connection.query("INSERT INTO t VALUES (1)")
                    throw Stop()
                }
            }
            #expect(connection.isIdle)
            // Not `() -> Void`: Swift 6.3 calls the closure in `#expect` above instead, both get the same symbol.
            let inserted = try connection.transaction { try connection.query("INSERT INTO t VALUES (2)") }
            #expect(inserted.affectedRows == 1)
            #expect(try connection.query("SELECT a FROM t").map { $0.int32(0) } == [2])
        }
    }

    @Test func whatGoesWithBeginIsPartOfTheTransaction() async throws {
        try await withConnection { connection throws in
            try connection.execute("CREATE TABLE t (a int4)")
            let first = "INSERT INTO t VALUES (1)"
            let seen = try connection.transaction(first: first) { try connection.query("SELECT 1 FROM t").count }
            #expect(seen == 1)
            #expect(throws: PostgresError.self) {
                try connection.transaction(first: first + "; SELECT 1 / 0") { Issue.record("not reached") }
            }
            #expect(connection.isIdle && connection.isConnected)
            #expect(try connection.query("SELECT 1 FROM t").count == 1)
        }
    }

    @Test func aCommitThatRollsBackIsAnError() async throws {
        try await withConnection { connection throws in
            try connection.execute("CREATE TABLE t (a int4)")
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction {
                    _ = try connection.query("INSERT INTO t VALUES (1)")
                    _ = try? connection.query("SELECT 1 / 0")
                }
            }
            #expect(error?.sqlState == "25P02")
            #expect(try connection.query("SELECT 1 FROM t").isEmpty)
        }
    }

    @Test func aLostSessionIsMadeAgainButNotInsideATransaction() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let killer = PostgresSession(configuration)
            let kill: @Sendable (PostgresConnection) throws -> Void = { connection throws in
                let all = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                _ = try connection.query(all + " WHERE datname = current_database() AND pid <> pg_backend_pid()")
            }
            let connection = PostgresConnection(configuration)
            try connection.execute("CREATE TABLE t (a int4)")
            try await killer.run(kill)
            let lost = #expect(throws: PostgresError.self) { try connection.query("SELECT 1") }
            #expect(lost?.isConnectionLost == true)
            #expect(lost?.isRetryable == true)
            #expect(try connection.query("SELECT 1")[0].int32(0) == 1)
            #expect(connection.generation == 2)

            try connection.execute("BEGIN")
            try await killer.run(kill)
            #expect(throws: PostgresError.self) { try connection.query("SELECT 1") }
            #expect(throws: PostgresError.self) {
                try connection.transaction {
                    connection.close()
                    _ = try connection.query("INSERT INTO t VALUES (1)")
                }
            }
            #expect(try connection.query("SELECT count(*) FROM t")[0].int64(0) == 0)
        }
    }

    @Test func aHolderOfSessionStateNoticesALoss() async throws {
        try await withConnection { connection throws in
            connection.connectsOnUse = false
            try connection.connect()
            connection.close()
            let error = #expect(throws: PostgresError.self) { try connection.query("SELECT 1") }
            #expect(error?.isConnectionLost == true)
        }
    }

    @Test func statementsTimeOut() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            var hasty = configuration
            hasty.statementTimeoutMillis = 20
            let error = await #expect(throws: PostgresError.self) {
                try await PostgresSession(hasty).run { _ = try $0.query("SELECT pg_sleep(5)") }
            }
            #expect(error?.sqlState == "57014")
            #expect(error?.isRetryable == true)
        }
    }

    @Test func anUnreachableServerIsARetryableError() {
        let nowhere = PostgresConfiguration(url: "postgresql:///x?host=/nonexistent", applicationName: "test")
        let error = #expect(throws: PostgresError.self) { try PostgresConnection(nowhere).query("SELECT 1") }
        #expect(error?.isConnectionLost == true)
        #expect(error?.isRetryable == true)
    }

    @Test func notificationsArriveWithinTheWaitAndAfterALoss() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let listener = PostgresConnection(configuration)
            let speaker = PostgresSession(configuration)
            try listener.listen(to: ["footfall_test"])
            try await speaker.run { try $0.execute("NOTIFY footfall_test, 'one'; NOTIFY footfall_test, 'two'") }
            var heard: [String] = []
            while heard.count < 2 { heard += try listener.notifications(waitMillis: 5000).map(\.payload) }
            #expect(heard == ["one", "two"])
            #expect(try listener.notifications(waitMillis: 1).isEmpty)

            try await speaker.run { connection throws in
                _ = try connection.query(
                    """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE datname = current_database() AND query LIKE 'LISTEN%'
                    """)
            }
            #expect(throws: PostgresError.self) { try listener.notifications(waitMillis: 5000) }
            _ = try listener.notifications(waitMillis: 0)
            try await speaker.run { try $0.execute("NOTIFY footfall_test, 'three'") }
            #expect(try listener.notifications(waitMillis: 5000).map(\.payload) == ["three"])
        }
    }
}

extension PostgresRow {
    /// All columns of a row of int4.
    fileprivate var columnsRead: [Int32] {
        var all: [Int32] = []
        for column in 0..<2 where column < columnCount { all.append(int32(column)) }
        return all
    }
}
