internal import FoundationEssentials

/// One numbered file of the schema folder.
package struct Migration: Sendable, Equatable {
    /// The number its name begins with.
    package let number: Int
    /// What stands between the number and `.sql`.
    package let name: String
    /// Lower-case hexadecimal SHA-256 of the file.
    package let checksum: String
}

/// Where a migration stands in one database.
package struct MigrationStatus: Sendable, Equatable {
    /// Its state.
    package enum State: Sendable, Equatable {
        /// Applied at this time, in Unix milliseconds, and unchanged since.
        case applied(atMillis: Int64)
        /// Waiting to be applied.
        case pending
        /// Applied, but the file is another one now.
        case changed
        /// Applied by a newer program: there is no such file.
        case unknown
    }

    /// The migration; of an unknown one, as the database recorded it.
    package let migration: Migration
    /// Its state.
    package let state: State
}

/// Brings a database up to the numbered files `NNN_name.sql` of a folder.
///
/// Each file runs once, in order, in a transaction of its own that also records it in `public.footfall_migration`. An
/// advisory lock lets any number of processes try at the same time. A file that was changed after it was applied, and a
/// database newer than the files, are refused before anything runs. Files hold no BEGIN and no COMMIT.
package struct Migrator: Sendable {
    /// The advisory lock: "footfall" in ASCII.
    private static let lock: Int64 = 0x666F_6F74_6661_6C6C

    private let folder: String

    /// The folder is read at each call.
    package init(folder: String) {
        self.folder = folder
    }

    /// Applies what is pending and returns it; applies nothing when all is applied.
    @discardableResult
    package func migrate(_ connection: PostgresConnection) throws -> [Migration] {
        var applied: [Migration] = []
        while let next = try step(connection) { applied.append(next) }
        return applied
    }

    /// All migrations of the folder and of the database, by number.
    package func status(_ connection: PostgresConnection) throws -> [MigrationStatus] {
        let recorded = try recorded(connection)
        let files = try files(connection).map(\.migration)
        let known = files.map { file in
            MigrationStatus(migration: file, state: state(of: file, recorded[file.number]))
        }
        let numbers = Set(files.map(\.number))
        let unknown = recorded.values.filter { !numbers.contains($0.migration.number) }
            .map { MigrationStatus(migration: $0.migration, state: .unknown) }
        return (known + unknown).sorted { $0.migration.number < $1.migration.number }
    }

    /// Applies the first pending file; nil when there is none.
    private func step(_ connection: PostgresConnection) throws -> Migration? {
        try connection.transaction {
            // Waiting for another process, and building an index, may take longer than a statement usually may.
            try connection.execute("SET LOCAL statement_timeout = 0")
            _ = try connection.query("SELECT pg_advisory_xact_lock($1)", [.int8(Self.lock)])
            try connection.execute(Self.createTable)
            let all = try status(connection)
            try refuseContradictions(all)
            guard let next = all.first(where: { $0.state == .pending })?.migration else { return nil }
            guard let file = try files(connection).first(where: { $0.migration == next }) else { return nil }
            try connection.execute(file.sql)
            guard !connection.isIdle else {
                throw PostgresError(.usage, "migration \(next.number) (\(next.name)) ends its own transaction")
            }
            _ = try connection.query(
                Self.insert, [.int4(Int32(next.number)), .text(next.name), .text(next.checksum)])
            return next
        }
    }

    private func refuseContradictions(_ all: [MigrationStatus]) throws(PostgresError) {
        let lastApplied = all.last { $0.state != .pending }?.migration.number ?? 0
        for status in all {
            let name = "\(status.migration.number) (\(status.migration.name))"
            switch status.state {
            case .applied: continue
            case .pending where status.migration.number > lastApplied: continue
            case .pending: throw PostgresError(.usage, "migration \(name) comes before one that is applied already")
            case .changed: throw PostgresError(.usage, "migration \(name) was changed after it was applied")
            case .unknown: throw PostgresError(.usage, "the database is newer than this program: migration \(name)")
            }
        }
    }

    private func state(of file: Migration, _ recorded: Recorded?) -> MigrationStatus.State {
        guard let recorded else { return .pending }
        return recorded.migration.checksum == file.checksum ? .applied(atMillis: recorded.atMillis) : .changed
    }
}

extension Migrator {
    private struct Recorded {
        let migration: Migration
        let atMillis: Int64
    }

    private static let createTable = """
        CREATE TABLE IF NOT EXISTS public.footfall_migration (
            number integer PRIMARY KEY,
            name text NOT NULL,
            sha256 text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
    private static let insert = "INSERT INTO public.footfall_migration (number, name, sha256) VALUES ($1, $2, $3)"

    private func recorded(_ connection: PostgresConnection) throws -> [Int: Recorded] {
        let exists = try connection.query("SELECT to_regclass('public.footfall_migration') IS NOT NULL")
        guard exists[0].bool(0) else { return [:] }
        let rows = try connection.query("SELECT number, name, sha256, applied_at FROM public.footfall_migration")
        return rows.reduce(into: [:]) { all, row in
            let migration = Migration(number: Int(row.int32(0)), name: row.text(1), checksum: row.text(2))
            all[migration.number] = Recorded(migration: migration, atMillis: row.timestampMillis(3))
        }
    }

    /// The folder's files by number; the database computes the checksums, so that this module needs no hash.
    private func files(_ connection: PostgresConnection) throws -> [(migration: Migration, sql: String)] {
        var all: [(migration: Migration, sql: String)] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
            guard let (number, name) = Self.parts(file) else { continue }
            guard let bytes = FileManager.default.contents(atPath: folder + "/" + file) else {
                throw PostgresError(.usage, "migration \(file) cannot be read")
            }
            let sum = try connection.query("SELECT encode(sha256($1), 'hex')", [.bytes([UInt8](bytes))])[0].text(0)
            let migration = Migration(number: number, name: name, checksum: sum)
            all.append((migration, String(decoding: bytes, as: UTF8.self)))
        }
        all.sort { $0.migration.number < $1.migration.number }
        for (one, next) in zip(all, all.dropFirst()) where one.migration.number == next.migration.number {
            throw PostgresError(.usage, "two migrations have the number \(one.migration.number)")
        }
        return all
    }

    /// `002_log.sql` is 2 and `log`; other files are left alone.
    private static func parts(_ file: String) -> (Int, String)? {
        guard file.hasSuffix(".sql"), let mark = file.firstIndex(of: "_"), let number = Int(file[..<mark]) else {
            return nil
        }
        return (number, String(file[file.index(after: mark)...].dropLast(4)))
    }
}
