import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import TestSupport
import Testing

@testable import Backups

@Suite struct RestoreTests {
    private static let anna = (customer: 11, marker: "annamarker")
    private static let bert = (customer: 12, marker: "bertmarker")

    @Test func whatWasForgottenSinceStaysForgotten() async throws {
        try await Household.with { household in
            try await household.order([Self.anna, Self.bert])
            let backup = try household.backUp()
            #expect(try Household.opened(household.database).joined().contains(Self.anna.marker))
            let journal = try Household.journal([household.entry(Self.anna.customer, Self.anna.marker)])

            try await Household.restore(backup.folder) { restorer, loaded, database, connection in
                #expect(loaded.keys == .restored)
                #expect(throws: BackupError.self) { try RestorationGate.check(connection) }
                let forgotten = try restorer.forget(journal.entries, loaded, on: connection)
                #expect(forgotten.unrecorded.count == 1)
                let verification = try restorer.verify(forgotten, on: connection)
                #expect(verification.events == 2)
                try RestorationGate.check(connection)

                let texts = try Household.opened(database)
                #expect(texts.count == 2)
                #expect(!texts.joined().contains(Self.anna.marker))
                #expect(texts.joined().contains(Self.bert.marker))
                let fences = try connection.query("select count(*) from privacy.fence")[0].int64(0)
                #expect(fences == 3)
                // The protocol takes the request up where the journal left it.
                let open = try connection.query("select step, state, orders from privacy.request")
                #expect(open.map { [$0.text(0), $0.text(1), $0.text(2)] } == [["traced", "working", "listed"]])
                #expect(try connection.query("select count(*) from reactor.task")[0].int64(0) == 1)
            }
        }
    }

    /// What a restore that ends in the middle leaves behind, and what the receipt of the erasure is made of.
    @Test(arguments: [true, false]) func keysOfTheForgottenAreNeverInADatabase(isKnown: Bool) async throws {
        try await Household.with { household in
            try await household.order([Self.anna, Self.bert])
            let backup = try household.backUp()
            let journal = try Household.journal([household.entry(Self.anna.customer, Self.anna.marker)])
            try await Household.restore(backup.folder, without: isKnown ? journal.entries : []) {
                restorer, loaded, database, connection in
                let keys = try connection.query("select count(*) from registry.subject_key")[0].int64(0)
                #expect(keys == (isKnown ? 1 : 2))
                #expect(try Household.opened(database).joined().contains(Self.anna.marker) == !isKnown)
                _ = try restorer.forget(journal.entries, loaded, on: connection)
                let round = try connection.query("select key_ids from privacy.round")[0]
                #expect(round.uuidArray(0).count == 1)
                #expect(try connection.query("select asked_by from privacy.request")[0].text(0) == "restore")
            }
        }
    }

    /// A handle without a fence may be somebody else's, or the person's who has come again.
    @Test(arguments: [true, false]) func whatCameAfterAKnownErasureIsOpenStill(isKnown: Bool) async throws {
        try await Household.with { household in
            let anna = household.handles(Self.anna.customer, Self.anna.marker)
            let entry = ErasureEntry(
                request: Key128(high: 1, low: 1), sequence: 1, lane: household.shop.lane, shop: household.shop.id,
                handles: anna.filter { $0.kind != .order }, unlinked: anna.filter { $0.kind == .order },
                atMillis: Household.now + (isKnown ? -1 : 1) * Household.hour / 2)
            if isKnown { try household.note(entry) }
            try await household.order([Self.anna, Self.bert])
            let backup = try household.backUp()
            try await Household.restore(backup.folder, without: [entry]) { restorer, loaded, database, connection in
                let forgotten = try restorer.forget([entry], loaded, on: connection)
                _ = try restorer.verify(forgotten, on: connection)
                let texts = try Household.opened(database).joined()
                #expect(texts.contains(Self.anna.marker) == isKnown && texts.contains(Self.bert.marker))
                // Its tombstone is in the backup's log, before all that came afterwards.
                #expect(forgotten.unrecorded == (isKnown ? [] : [entry]))
                #expect(forgotten.entries == [isKnown ? Household.fenced(entry) : entry])
                #expect(try connection.query("select count(*) from privacy.erasure")[0].int64(0) == 1)
            }
        }
    }

    /// Such a request looks itself for what came behind its tombstone, by what still stands in the read models.
    @Test(arguments: ["working", "failed", "done"])
    func aRequestInTheMiddleGoesOnByItself(_ state: String) async throws {
        try await Household.with { household in
            let entry = household.entry(Self.anna.customer, Self.anna.marker)
            try household.note(entry)
            _ = try household.connection.query(
                """
                insert into privacy.request (id, lane, shop_id, kind, origin, state, due_at)
                values ($1, $2, $3, 'erasure', 'webhook', $4, now())
                """,
                [
                    .uuid(entry.request.high, entry.request.low), .int2(entry.lane), .int4(entry.shop), .text(state),
                ])
            let backup = try household.backUp()
            let next = household.entry(Self.bert.customer, Self.bert.marker, request: 1, sequence: 2)
            for (journal, isUnderWay) in [([entry], state != "done"), ([entry, next], false)] {
                try await Household.restore(backup.folder, without: journal) { restorer, loaded, _, connection in
                    let forgotten = try restorer.forget(journal, loaded, on: connection)
                    #expect(forgotten.underWay == (isUnderWay ? [entry.request] : []))
                    _ = try restorer.verify(forgotten, on: connection)
                }
            }
        }
    }

    @Test func aKeyOfSeveralErasuresIsTheFirstOnes() async throws {
        try await Household.with { household in
            try await household.order([Self.anna, Self.bert])
            let backup = try household.backUp()
            let entries = [Self.bert, Self.anna, Self.anna].enumerated().map { number, person in
                household.entry(person.customer, person.marker, request: UInt64(number))
            }
            try await Household.restore(backup.folder, without: entries) { restorer, loaded, _, connection in
                _ = try restorer.forget(entries, loaded, on: connection)
                let keys = try connection.query("select cardinality(key_ids) from privacy.round order by request")
                #expect(keys.map { $0.int32(0) } == [1, 1, 0])
                // Else the processes would be waited for until they have a fence that nobody can see.
                let newest = "select coalesce(max(generation), 0) from"
                let seen = try connection.query("\(newest) privacy.fence")[0].int64(0)
                #expect(try connection.query("\(newest) privacy.round")[0].int64(0) == seen && seen == 3)
                #expect(try connection.query("select count(*) from registry.subject_key")[0].int64(0) == 0)
            }
        }
    }

    @Test func aSecondReplayChangesNothing() async throws {
        try await Household.with { household in
            try await household.order([Self.anna, Self.bert])
            let backup = try household.backUp()
            let journal = try Household.journal([household.entry(Self.anna.customer, Self.anna.marker)])
            try await Household.restore(backup.folder) { restorer, loaded, _, connection in
                for _ in 0..<2 { _ = try restorer.forget(journal.entries, loaded, on: connection) }
                for table in ["privacy.erasure", "privacy.request", "privacy.round", "reactor.task"] {
                    #expect(try connection.query("select count(*) from \(table)")[0].int64(0) == 1)
                }
                #expect(try connection.query("select count(*) from privacy.fence")[0].int64(0) == 3)
            }
        }
    }

    @Test func aForgottenShopIsClosed() async throws {
        try await Household.with { household in
            try await household.order([Self.anna])
            let backup = try household.backUp()
            let entry = ErasureEntry(
                shopRequest: Key128(high: 2, low: 2), lane: household.shop.lane, shop: household.shop.id,
                atMillis: Household.now + Household.hour)
            try await Household.restore(backup.folder) { restorer, loaded, _, connection in
                let forgotten = try restorer.forget([entry], loaded, on: connection)
                try restorer.closeShops(forgotten.entries, on: connection)
                _ = try restorer.verify(forgotten, on: connection)
                let shop = try connection.query("select status, domain, wrapped_key from registry.shop")[0]
                #expect(shop.text(0) == "redacted")
                #expect(!shop.text(1).contains("hollow"))
                #expect(shop.bytes(2) != household.shop.wrappedKey)
                #expect(try connection.query("select count(*) from registry.subject_key")[0].int64(0) == 0)
            }
        }
    }

    @Test(arguments: [Restorer.KeyState.absent, .expired, .unopened])
    func withoutItsKeysABackupIsReadableButForPersonalFields(_ state: Restorer.KeyState) async throws {
        try await Household.with { household in
            try await household.order([Self.anna])
            let backup = try household.backUp(keysFor: Household.day)
            if state == .absent { try FileManager.default.removeItem(atPath: backup.folder + "/keys.sealed") }
            let other = [UInt8](repeating: 9, count: 32)
            let secret = state == .unopened ? other : Household.secret
            let now = Household.now + (state == .expired ? 2 : 0) * Household.day
            try await Household.restore(
                backup.folder, secrets: [secret], nowMillis: now, trustsFolder: state == .unopened
            ) {
                restorer, loaded, database, connection in
                #expect(loaded.keys == state)
                _ = try restorer.verify(.none, on: connection)
                let texts = try Household.opened(database, secret: secret)
                #expect(texts.count == 1)
                #expect(texts[0].contains(#""total_price":"10.00""#))
                #expect(!texts[0].contains(Self.anna.marker))
                #expect(try connection.query("select keys from privacy.restoration")[0].text(0) == state.rawValue)
            }
        }
    }

    @Test(arguments: ["data.dump", "tables.copy", "keys.sealed", "manifest.json"])
    func aDamagedFileIsRefused(_ name: String) async throws {
        try await Household.with { household in
            try await household.order([Self.anna])
            let backup = try household.backUp()
            let path = backup.folder + "/" + name
            var bytes = try #require(FileManager.default.contents(atPath: path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            await #expect(throws: BackupError.self) {
                try await Household.restore(backup.folder) { _, _, _, _ in }
            }
        }
    }

    /// Files that agree with each other are not enough: whoever can write to the folder could make such.
    @Test(arguments: ["changed", "of another key", "without a code"])
    func aManifestThatNothingVouchesForIsRefused(_ fault: String) async throws {
        try await Household.with { household in
            try await household.order([Self.anna])
            let backup = try household.backUp()
            let (manifest, code) = (backup.folder + "/manifest.json", backup.folder + "/manifest.hmac")
            switch fault {
            case "changed":
                let text = try String(contentsOfFile: manifest, encoding: .utf8)
                try text.replacing(#""isDrained" : true"#, with: #""isDrained" : false"#)
                    .write(toFile: manifest, atomically: false, encoding: .utf8)
                #expect(try String(contentsOfFile: manifest, encoding: .utf8) != text)
            case "without a code": try FileManager.default.removeItem(atPath: code)
            default: break
            }
            let secret = fault == "of another key" ? [UInt8](repeating: 9, count: 32) : Household.secret
            let restorer = Restorer(folder: backup.folder, secrets: [secret])
            let error = #expect(throws: BackupError.self) { try restorer.manifest() }
            #expect(error?.code == .unauthentic && error?.message.contains("--trust-folder") == true)
            await #expect(throws: BackupError.self) {
                try await Household.restore(backup.folder, secrets: [secret]) { _, _, _, _ in }
            }
            let trusting = Restorer(folder: backup.folder, secrets: [secret], trustsFolder: true)
            #expect(try trusting.manifest().id == backup.manifest.id)
            // While a secret is rotated both vouch.
            if fault == "of another key" {
                _ = try Restorer(folder: backup.folder, secrets: [secret, Household.secret]).manifest()
            }
        }
    }

    @Test func onlyAnEmptyDatabaseIsRestoredInto() async throws {
        try await Household.with { household in
            let backup = try household.backUp()
            let restorer = Restorer(folder: backup.folder, secrets: [Household.secret])
            let error = #expect(throws: BackupError.self) {
                try restorer.load(into: household.connection, without: [], nowMillis: Household.now) { _ in }
            }
            #expect(error?.code == .notEmpty)
        }
    }

    /// Receipts say how long keys can still come back out of any of them.
    @Test func aRestoredDatabaseKnowsOfLaterBackups() async throws {
        try await Household.with { household in
            let backups = try (0..<2).map { _ in try household.backUp() }
            try await Household.restore(backups[0].folder) { _, _, _, connection in
                let known = try connection.query("select id::text from privacy.backup").map { $0.text(0) }
                #expect(Set(known) == Set(backups.map(\.manifest.id)))
            }
        }
    }

    /// The journal names a shop that came after the backup and was forgotten; another one must not get its number.
    @Test func numbersOfForgottenShopsAreNotGivenOutAgain() async throws {
        try await Household.with { household in
            let backup = try household.backUp()
            let gone = ErasureEntry(
                shopRequest: Key128(high: 2, low: 2), lane: household.shop.lane, shop: household.shop.id + 5000,
                atMillis: Household.now + Household.hour)
            try await Household.restore(backup.folder) { restorer, loaded, _, connection in
                let forgotten = try restorer.forget([gone], loaded, on: connection)
                #expect(forgotten.foreignCount == 1 && forgotten.entries.isEmpty)
                let id = try connection.query(Self.addShop)[0].int32(0)
                #expect(id > gone.shop)
                // The same journal again, which is this installation's now.
                #expect(try restorer.forget([gone], loaded, on: connection).foreignCount == 1)
                let status = try connection.query("select status from registry.shop where id = $1", [.int4(id)])
                #expect(status[0].text(0) == "active")
            }
        }
    }

    private static let addShop = """
        insert into registry.shop (domain, lane, account_id, timezone, currency, wrapped_key)
        values ('next.myshopify.com', 0, 'next', 'UTC', 'EUR', '') returning id
        """

    @Test func theShopGoesOnAfterwards() async throws {
        try await Household.with { household in
            try await household.order([Self.anna])
            let backup = try household.backUp()
            try await Household.restore(backup.folder) { _, _, _, connection in
                // Numbers go on where they were, and the log is as append-only as before.
                let id = try connection.query(Self.addShop)[0].int32(0)
                #expect(id > household.shop.id)
                #expect(throws: PostgresError.self) { try connection.execute("delete from log.event") }
                #expect(try connection.query("select count(*) from registry.daily_salt")[0].int64(0) == 0)
            }
        }
    }
}
