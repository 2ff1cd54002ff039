import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct MigratorTests {
    /// A folder of migrations that the test may change.
    private struct Folder: ~Copyable {
        let path = FileManager.default.temporaryDirectory.path + "/footfall-migrations-\(UUID().uuidString)"

        init(_ files: [String: String]) throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for (name, sql) in files { try write(name, sql) }
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ name: String, _ sql: String) throws {
            try Data(sql.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
        }
    }

    private static let two = [
        "001_one.sql": "CREATE TABLE one (a int4); INSERT INTO one VALUES (1);",
        "002_two.sql": "ALTER TABLE one ADD COLUMN b int4;",
        "README.md": "no migration",
    ]

    @Test func filesAreAppliedOnceAndInOrder() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let folder = try Folder(Self.two)
            let (migrator, connection) = (Migrator(folder: folder.path), PostgresConnection(configuration))
            #expect(try migrator.status(connection).map(\.state) == [.pending, .pending])
            #expect(try migrator.migrate(connection).map(\.name) == ["one", "two"])
            #expect(try migrator.migrate(connection).isEmpty)
            try folder.write("003_three.sql", "INSERT INTO one VALUES (2, 3);")
            #expect(try migrator.migrate(connection).map(\.number) == [3])
            #expect(try connection.query("SELECT count(*) FROM one")[0].int64(0) == 2)
        }
    }

    @Test func aChangedFileIsRefused() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let folder = try Folder(Self.two)
            let (migrator, connection) = (Migrator(folder: folder.path), PostgresConnection(configuration))
            try migrator.migrate(connection)
            try folder.write("001_one.sql", "CREATE TABLE one (a int8);")
            try folder.write("003_three.sql", "CREATE TABLE three (a int4);")
            let error = #expect(throws: PostgresError.self) { try migrator.migrate(connection) }
            #expect(error?.code == .usage)
            #expect(try migrator.status(connection)[0].state == .changed)
            #expect(try connection.query("SELECT to_regclass('three') IS NULL")[0].bool(0))
        }
    }

    @Test func aNewerDatabaseAndALateFileAreRefused() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let folder = try Folder(Self.two)
            let connection = PostgresConnection(configuration)
            try Migrator(folder: folder.path).migrate(connection)
            let older = try Folder(["001_one.sql": Self.two["001_one.sql"] ?? ""])
            #expect(throws: PostgresError.self) { try Migrator(folder: older.path).migrate(connection) }
            #expect(try Migrator(folder: older.path).status(connection).map(\.state).last == .unknown)
            try folder.write("000_zero.sql", "SELECT 1;")
            #expect(throws: PostgresError.self) { try Migrator(folder: folder.path).migrate(connection) }
        }
    }

    @Test func aFailingFileLeavesNothing() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let folder = try Folder(["001_one.sql": "CREATE TABLE one (a int4); SELECT 1 / 0;"])
            let (migrator, connection) = (Migrator(folder: folder.path), PostgresConnection(configuration))
            #expect(throws: PostgresError.self) { try migrator.migrate(connection) }
            #expect(try connection.query("SELECT to_regclass('one') IS NULL")[0].bool(0))
            try folder.write("001_one.sql", "CREATE TABLE one (a int4); COMMIT;")
            #expect(throws: PostgresError.self) { try migrator.migrate(connection) }
        }
    }

    @Test func severalProcessesMayTryAtOnce() async throws {
        try await TestStores.shared.withDatabase(migrated: false) { configuration async throws in
            let folder = try Folder(Self.two)
            let path = folder.path
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await PostgresSession(configuration).run { try Migrator(folder: path).migrate($0).count }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(applied == 2)
        }
    }

    @Test func theProductsOwnSchemaApplies() async throws {
        try await TestStores.shared.withDatabase { configuration async throws in
            let status = try Migrator(folder: PackageFolder.path("schema")).status(PostgresConnection(configuration))
            #expect(!status.isEmpty)
            let isApplied = status.allSatisfy { if case .applied = $0.state { true } else { false } }
            #expect(isApplied)
        }
    }
}
