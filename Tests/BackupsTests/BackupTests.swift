import EventModel
import Foundation
import Postgres
import Privacy
import TestSupport
import Testing

@testable import Backups

@Suite struct BackupTests {
    @Test func theDataHoldNoKeyAndNothingPersonal() async throws {
        try await Household.with { household in
            try await household.order([(customer: 11, marker: "annamarker")])
            let backup = try household.backUp()
            let keys = try household.connection.query("select wrapped from registry.subject_key").map { $0.bytes(0) }
            #expect(keys.count == 1)
            let secrets = keys + [household.shop.wrappedKey]
            for file in ["data.dump", "tables.copy", "manifest.json", "keys.sealed"] {
                let bytes = try #require(FileManager.default.contents(atPath: backup.folder + "/" + file))
                #expect(!bytes.contains("annamarker"))
                for secret in secrets {
                    #expect(!bytes.contains(secret))
                    #expect(!bytes.contains(secret.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()))
                }
            }
        }
    }

    /// A dump is compressed, so what it holds is asked for by table.
    @Test func tablesWithKeysAreNotInTheDump() async throws {
        try await Household.with { household in
            let columns = try household.connection.query(
                """
                select distinct n.nspname || '.' || c.relname from pg_attribute a
                join pg_class c on c.oid = a.attrelid and c.relkind = 'r' join pg_namespace n on n.oid = c.relnamespace
                where n.nspname in ('registry', 'shopify', 'privacy', 'reactor', 'projection') and a.attnum > 0
                    and (a.attname ~ 'wrapped|salt|secret|private|token_hash')
                """
            ).map { $0.text(0) }
            #expect(Set(columns).isSubset(of: Set(KeptApart.tables)), "a new table with keys must be kept apart")
        }
    }

    @Test func onlyItsOwnerReadsABackup() async throws {
        try await Household.with { household in
            let backup = try household.backUp()
            func mode(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            }
            #expect(try mode(household.folder) == 0o700)
            #expect(try mode(backup.folder) == 0o700)
            for name in try FileManager.default.contentsOfDirectory(atPath: backup.folder) {
                #expect(try mode(backup.folder + "/" + name) == 0o600)
            }
        }
    }

    @Test func aBackupThatFailsLeavesNothing() async throws {
        try await Household.with { household in
            try FileManager.default.createDirectory(
                atPath: household.folder + "/20261120T120000Z-00000000.unfinished", withIntermediateDirectories: true)
            // A table that pg_dump may not read ends it in the middle.
            try household.connection.execute("create role nobody_reads; create table public.closed (a int)")
            try household.connection.execute(
                "alter table public.closed owner to nobody_reads; create role reader login")
            try household.connection.execute("grant all on all tables in schema privacy, public, registry to reader")
            defer { try? household.connection.execute("drop table public.closed") }
            var asReader = household.database
            asReader.role = "reader"
            #expect(throws: (any Error).self) {
                try BackupMaker(secret: Household.secret).make(
                    BackupMaker.Order(
                        target: household.folder, keysForMillis: Household.day, nowMillis: Household.now,
                        isDrained: true, journal: nil), from: PostgresConnection(asReader))
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: household.folder).filter { $0 != ".lock" }
            #expect(left.isEmpty)
            #expect(try household.connection.query("select count(*) from privacy.backup")[0].int64(0) == 0)
        }
    }

    @Test func expiredFilesOfKeysAreDestroyedByTheNextBackup() async throws {
        try await Household.with { household in
            let first = try household.backUp(keysFor: -Household.hour)
            #expect(FileManager.default.fileExists(atPath: first.folder + "/keys.sealed"))
            let second = try household.backUp()
            #expect(second.destroyedKeyFiles == 1)
            #expect(!FileManager.default.fileExists(atPath: first.folder + "/keys.sealed"))
            #expect(FileManager.default.fileExists(atPath: second.folder + "/keys.sealed"))
            let known = try household.connection.query("select label, keys_expire_at from privacy.backup order by 2")
            #expect(
                known.map { $0.text(0) } == [first, second].map { URL(fileURLWithPath: $0.folder).lastPathComponent })
        }
    }

    /// A disk that goes bad must not keep keys for longer.
    @Test(arguments: ["manifest.json", "keys.sealed"])
    func expiredFilesOfKeysAreDestroyedAlsoWhereAFileIsDamaged(_ name: String) async throws {
        try await Household.with { household in
            let path = try household.backUp(keysFor: -Household.hour).folder + "/"
            try Data([0, 10, 0]).write(to: URL(fileURLWithPath: path + name))
            #expect(try household.backUp().destroyedKeyFiles == 1)
            #expect(!FileManager.default.fileExists(atPath: path + "keys.sealed"))
        }
    }

    @Test func theManifestSaysWhereTheLogEnds() async throws {
        try await Household.with { household in
            try await household.order([(customer: 1, marker: "a"), (customer: 2, marker: "b")])
            let manifest = try household.backUp().manifest
            let row = try household.connection.query("select max(sequence) from log.batch")[0]
            #expect(manifest.lanes.map(\.position) == [2])
            #expect(manifest.lanes.map(\.sequence) == [row.int64(0)])
            #expect(
                try BackupManifest(folder: household.folder + "/" + (household.names().last ?? "")).id == manifest.id)
        }
    }

    @Test(arguments: [0, 1, 65_536, 65_537, 200_000])
    func aFileOfKeysOpensAsAWholeOrNotAtAll(_ count: Int) throws {
        let path = FileManager.default.temporaryDirectory.path + "/footfall-keys-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let writer = try KeyFile.Writer(
            path, secret: Household.secret, backup: .zero, madeAt: Household.now, expiresAt: Household.now)
        try writer.write(plain)
        try writer.finish()
        func read(_ secrets: [[UInt8]]) throws -> [UInt8] {
            let reader = try KeyFile.Reader(path, secrets: secrets)
            var all: [UInt8] = []
            while let piece = try reader.next() { all += piece }
            return all
        }
        #expect(try read([Household.secret]) == plain)
        #expect(throws: KeyFile.CannotOpen.self) { try read([[UInt8](repeating: 1, count: 32)]) }
        let whole = try #require(FileManager.default.contents(atPath: path))
        // Cut at the end of a chunk as well as within one.
        for end in [whole.count - 1, whole.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0] {
            try whole.prefix(end).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self) { try read([Household.secret]) }
        }
    }
}

extension Household {
    func names() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }
}

extension Data {
    fileprivate func contains(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
    fileprivate func contains(_ bytes: [UInt8]) -> Bool { range(of: Data(bytes)) != nil }
}
