import DataSubjects
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import TestSupport
import Testing

@Suite struct JournalTests {
    private static let secret = [UInt8](repeating: 3, count: 32)
    private static let handle = Handle(kind: .email, hash: Key128(high: 1, low: 2))

    private static func entry(_ number: UInt64, sequence: Int32 = 1) -> ErasureEntry {
        ErasureEntry(
            request: Key128(high: 0, low: number), sequence: sequence, lane: 2, shop: 7,
            handles: [handle, Handle(kind: .order, hash: Key128(high: number, low: 9))],
            unlinked: [Handle(kind: .client, hash: Key128(high: number, low: 10))], atMillis: 1_795_176_000_000)
    }

    private func withFile<R>(_ body: (String) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.path + "/footfall-journal-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder + "/erasures.journal")
    }

    @Test func anEntryIsInTableAndFileOnce() async throws {
        try await withFile { path in
            try await TestStores.shared.withDatabase { database in
                let connection = PostgresConnection(database)
                let journal = ErasureJournal(path: path, secrets: [Self.secret])
                let shop = ErasureEntry(shopRequest: Key128(high: 5, low: 5), lane: 1, shop: 8, atMillis: 1)
                for entry in [Self.entry(1), Self.entry(1), Self.entry(1, sequence: 2), shop] {
                    try connection.transaction { try journal.append(entry, on: connection) }
                }
                let all = [Self.entry(1), Self.entry(1, sequence: 2), shop]
                #expect(try ErasureJournal.read(path, secrets: [Self.secret]).entries == all)
                #expect(try connection.query("select count(*) from privacy.erasure")[0].int64(0) == 3)
                #expect(throws: PostgresError.self) { try connection.execute("delete from privacy.erasure") }
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
        }
    }

    /// The file is there before the keys are gone: what did not commit may be in it, never the other way round.
    @Test func theFileIsAheadOfTheDatabase() async throws {
        try await withFile { path in
            try await TestStores.shared.withDatabase { database in
                let connection = PostgresConnection(database)
                let journal = ErasureJournal(path: path, secrets: [Self.secret])
                struct Crash: Error {}
                #expect(throws: Crash.self) {
                    try connection.transaction {
                        try journal.append(Self.entry(1), on: connection)
                        throw Crash()
                    }
                }
                #expect(try ErasureJournal.read(path, secrets: [Self.secret]).entries == [Self.entry(1)])
                try journal.append(Self.entry(1), on: connection)
                #expect(try ErasureJournal.read(path, secrets: [Self.secret]).entries.count == 1)
            }
        }
    }

    @Test func aFileThatWasAwayIsMadeAgainFromTheTable() async throws {
        try await withFile { path in
            try await TestStores.shared.withDatabase { database in
                let connection = PostgresConnection(database)
                try ErasureJournal(path: nil, secrets: [Self.secret]).append(Self.entry(1), on: connection)
                try ErasureJournal(path: path, secrets: [Self.secret]).append(Self.entry(2), on: connection)
                let chain = try ErasureJournal.read(path, secrets: [Self.secret])
                #expect(chain.entries == [Self.entry(1), Self.entry(2)])
                #expect(try ErasureJournal.export(to: path, secrets: [Self.secret], on: connection) == chain.head)
            }
        }
    }

    /// While APP_SECRET_KEY is rotated both open it; the next entry seals all of it under the new one.
    @Test func itFollowsARotation() async throws {
        try await withFile { path in
            try await TestStores.shared.withDatabase { database in
                let connection = PostgresConnection(database)
                let new = [UInt8](repeating: 4, count: 32)
                try ErasureJournal(path: path, secrets: [Self.secret]).append(Self.entry(1), on: connection)
                #expect(throws: PrivacyError.self) { try ErasureJournal.read(path, secrets: [new]) }
                try ErasureJournal(path: path, secrets: [new, Self.secret]).append(Self.entry(2), on: connection)
                #expect(try ErasureJournal.read(path, secrets: [new]).entries == [Self.entry(1), Self.entry(2)])
            }
        }
    }

    @Test func nothingCanBeChangedLeftOutOrMoved() throws {
        var chain = ErasureChain(secrets: [Self.secret])
        let lines = try (1...3).map { try chain.append(Self.entry(UInt64($0))) }
        #expect(try ErasureChain(reading: Array(lines.joined()), secrets: [Self.secret]).head == chain.head)
        #expect(try ErasureChain(reading: [], secrets: [Self.secret]).head == .empty)
        var changed = Array(lines.joined())
        changed[20] ^= 1
        let bad: [[UInt8]] = [
            changed, Array((lines[0] + lines[2])), Array((lines[1] + lines[0] + lines[2])), Array(lines[1] + lines[2]),
            Array(lines.joined().dropLast()), Array(lines.joined().dropLast(30)), Array("{}\n".utf8),
        ]
        for bytes in bad {
            #expect(throws: PrivacyError.self) { try ErasureChain(reading: bytes, secrets: [Self.secret]) }
        }
        // Whole lines missing at the end only show against a head that is known from elsewhere.
        let cut = try ErasureChain(reading: Array(lines[0] + lines[1]), secrets: [Self.secret])
        #expect(!cut.heads.contains(chain.head) && chain.heads.contains(cut.head))
    }
}
