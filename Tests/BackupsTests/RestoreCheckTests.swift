import Privacy
import Testing

@testable import Backups

/// What is refused before a restore has made anything.
@Suite struct RestoreCheckTests {
    private func check(
        _ backup: BackupMaker.Made, _ journal: ErasureChain?, at folder: String? = nil, trustsFolder: Bool = false,
        programIsOlder: Bool = false
    ) throws {
        let restorer = Restorer(
            folder: folder ?? backup.folder, secrets: [Household.secret], trustsFolder: trustsFolder)
        let newest = backup.manifest.migration - (programIsOlder ? 1 : 0)
        try restorer.check(journal, backup.manifest, newestMigration: newest)
    }

    @Test func aJournalThatLacksWhatABackupKnowsIsRefused() async throws {
        try await Household.with { household in
            let entries = (1...3).map { household.entry(Int($0), "m\($0)", request: $0) }
            let whole = try Household.journal(entries)
            let cut = try Household.journal(Array(entries.prefix(2)))
            let first = try household.backUp(journal: whole.heads[0])
            let last = try household.backUp(journal: whole.head)
            try check(first, whole)
            // The first backup knows of one entry only, a later one of all three.
            let error = #expect(throws: BackupError.self) { try check(first, cut) }
            #expect(error?.code == .journal)
            // However the folder is named.
            for folder in [first.folder, first.folder + "/", first.folder + "/."] {
                #expect(throws: BackupError.self) { try check(first, nil, at: folder) }
            }
            // The last one has all that those before it know of.
            try check(last, nil)
            // Another installation's is none of ours.
            let theirs = try household.backUp(secret: [UInt8](repeating: 9, count: 32), journal: cut.head)
            try check(last, nil)
            #expect(throws: BackupError.self) { try check(theirs, nil, trustsFolder: true) }
        }
    }

    @Test func aBackupOfANewerVersionIsRefused() async throws {
        try await Household.with { household in
            let backup = try household.backUp()
            let error = #expect(throws: BackupError.self) { try check(backup, nil, programIsOlder: true) }
            #expect(error?.code == .newer)
        }
    }
}
