import DataSubjects
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import TestSupport
import Testing

/// The journal of a restored installation.
@Suite struct JournalBeginTests {
    private static let secret = [UInt8](repeating: 3, count: 32)

    private static func entry(_ number: UInt64) -> ErasureEntry {
        ErasureEntry(
            request: Key128(high: 0, low: number), sequence: 1, lane: 2, shop: 7,
            handles: [Handle(kind: .email, hash: Key128(high: number, low: 2))], unlinked: [],
            atMillis: 1_795_176_000_000)
    }

    @Test func aJournalGoesOnAsTheOneItWasRestoredBy() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/footfall-journal-\(UInt64.random(in: 0 ... .max))"
        defer { for name in [path, path + ".lock"] { try? FileManager.default.removeItem(atPath: name) } }
        try await TestStores.shared.withDatabase { database in
            let connection = PostgresConnection(database)
            var old = ErasureChain(secrets: [Self.secret])
            for number in 1...3 { _ = try old.append(Self.entry(UInt64(number))) }
            // The database has them in another order, and one of them not at all: its shop came after the backup.
            let journal = ErasureJournal(path: nil, secrets: [Self.secret])
            for number in [3, 1, 4] { try journal.append(Self.entry(UInt64(number)), on: connection) }
            for _ in 0..<2 {
                try ErasureJournal.begin(path, with: old, secrets: [Self.secret])
                try ErasureJournal.export(to: path, secrets: [Self.secret], on: connection)
            }
            let new = try ErasureJournal.read(path, secrets: [Self.secret])
            #expect(new.entries == [1, 2, 3, 4].map { Self.entry($0) })
            // What a backup beside it knows of the old one.
            #expect(Set(old.heads).isSubset(of: new.heads))
            connection.close()
        }
    }
}
