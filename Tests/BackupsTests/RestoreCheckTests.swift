import Foundation
import Postgres
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

    /// Two of them under one APP_SECRET_KEY write into one folder.
    @Test func anotherInstallationsBackupsSayNothing() async throws {
        try await Household.with { household in
            let journals = try (1...2).map { number in
                try Household.journal([household.entry(11, "m\(number)", request: UInt64(number))])
            }
            let ours = try household.backUp()
            let later = try household.backUp(journal: journals[0].head)
            try household.becomeAnother()
            let theirs = try household.backUp(journal: journals[1].head)
            #expect(ours.manifest.installation != theirs.manifest.installation)
            try check(later, journals[0])
            try check(theirs, journals[1])
            #expect(throws: BackupError.self) { try check(theirs, journals[0]) }
            // Of its own all count, as before; the one is named that says so.
            let error = #expect(throws: BackupError.self) { try check(ours, nil) }
            #expect(error?.message.contains(URL(fileURLWithPath: later.folder).lastPathComponent) == true)
            try check(theirs, nil)
        }
    }

    /// Made by a version that knew of no installations: all beside it count.
    @Test func aBackupOfNoInstallationIsRestored() async throws {
        try await Household.with { household in
            let journal = try Household.journal([household.entry(11, "m1")])
            try household.connection.execute("drop table registry.installation")
            let old = try household.backUp()
            #expect(old.manifest.installation == nil)
            try check(old, nil)
            try household.connection.execute(
                "create table registry.installation (one boolean, id uuid default gen_random_uuid())")
            try household.becomeAnother()
            let new = try household.backUp(journal: journal.head)
            #expect(throws: BackupError.self) { try check(old, nil) }
            try check(old, journal)
            try check(new, journal)
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

extension Household {
    fileprivate func becomeAnother() throws {
        try connection.execute("delete from registry.installation; insert into registry.installation default values")
    }
}
