internal import Cryptography
internal import EventModel
internal import FoundationEssentials
package import Postgres
package import Privacy
internal import PrivateStores

/// Puts a backup into an empty database, in three steps that the caller does in this order: `load`, `forget`, `verify`.
/// Between the first and the last nothing is served (`RestorationGate`). Blocking.
package struct Restorer: Sendable {
    /// What became of the file of keys.
    package enum KeyState: String, Sendable {
        /// All keys are back.
        case restored
        /// There is no such file (any more).
        case absent
        /// Its time is over.
        case expired
        /// It was sealed under another APP_SECRET_KEY.
        case unopened
    }

    /// A database that is loaded and not yet to be served.
    package struct Loaded: Sendable {
        /// The backup.
        package let manifest: BackupManifest
        /// What became of the keys.
        package let keys: KeyState
        /// Keys that the file of keys had and the database never got, by the entry that had destroyed them.
        let destroyed: [ErasureEntry.Place: [Key128]]
        /// Entries that the backup has itself.
        let known: KnownErasures
        /// When it was loaded, Unix milliseconds.
        let nowMillis: Int64
    }

    /// The backup's folder.
    package let folder: String
    private let secrets: [[UInt8]]
    private let trustsFolder: Bool

    /// `secrets`: APP_SECRET_KEY, then the previous one. `trustsFolder`: the manifest is taken as it stands, for backups
    /// of older versions and where the secret is lost.
    package init(folder: String, secrets: [[UInt8]], trustsFolder: Bool = false) {
        self.trustsFolder = trustsFolder
        self.folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        self.secrets = secrets
    }

    /// The backup's manifest. Throws `unauthentic` where neither secret nor folder vouches for it.
    package func manifest() throws -> BackupManifest {
        try BackupManifest(folder: folder, secrets: trustsFolder ? nil : secrets)
    }

    /// Refuses a journal that is shorter than this backup, or a later one beside it, knows it to have been; and none at
    /// all where a backup knows of an erasure that came after this one. Also a schema behind this program's newest
    /// migration.
    package func check(_ journal: ErasureChain?, _ manifest: BackupManifest, newestMigration: Int) throws {
        guard manifest.migration <= newestMigration else {
            throw BackupError(
                .newer,
                "The backup's schema is at migration \(manifest.migration), and this version of Footfall knows them up to "
                    + "\(newestMigration): restore it with the version that made it.")
        }
        let own = manifest.journal ?? .empty
        let others = try siblings(of: manifest).compactMapValues(\.journal).sorted { $0.value.count > $1.value.count }
        let known = [(key: "this backup", value: own)] + others
        guard let journal else {
            // What a backup knows that has fewer is in this one.
            guard let later = known.first(where: { $0.value != own && $0.value.count >= own.count }) else { return }
            throw BackupError(
                .journal,
                "\(later.key) knows of \(later.value.count) erasures, later than this backup: the journal is needed. "
                    + Self.hint)
        }
        let enough = Set(journal.heads).union([.empty])
        guard let missing = known.first(where: { !enough.contains($0.value) }) else { return }
        throw BackupError(
            .journal,
            "The journal of erasures has \(journal.entries.count) entries, and \(missing.key) knows of "
                + "\(missing.value.count) that are not all among them: its end is missing, or it is another "
                + "installation's. " + Self.hint)
    }

    private static let hint =
        "Where a backup beside this one is another installation's, or a copy's that goes on by itself, move it elsewhere."

    /// The backups of this one's installation that lie beside it, itself among them, by their folders' names. Where it
    /// does not say of which it is, all that may be of the same.
    private func siblings(of manifest: BackupManifest) throws -> [String: BackupManifest] {
        let parent = URL(fileURLWithPath: folder).standardizedFileURL.deletingLastPathComponent().path
        return try BackupShelf(parent).manifests(trustsFolder ? nil : secrets).filter { _, other in
            manifest.installation == nil || other.installation == manifest.installation
        }
    }

    /// Loads data and keys, but for the keys that `erased` has destroyed since: those are in no committed state of the
    /// database, so that a restore which ends here holds nothing that was forgotten. `upgrade` brings the schema up to
    /// this program's.
    package func load(
        into connection: PostgresConnection, without erased: [ErasureEntry], nowMillis: Int64,
        upgrade: (PostgresConnection) throws -> Void
    ) throws -> Loaded {
        let manifest = try manifest()
        try manifest.verifyFiles(in: folder)
        let server = Int(try connection.query(SQL.version)[0].int32(0))
        guard server >= manifest.postgres else {
            throw BackupError(
                .newer,
                "The backup is of Postgres \(manifest.postgres), and the database is of Postgres \(server): it goes into "
                    + "the same version or a newer one.")
        }
        guard try connection.query(SQL.isEmpty)[0].bool(0) else {
            throw BackupError(.notEmpty, "The database has tables already; a restore goes into an empty one.")
        }
        try restore("pre-data", manifest, connection)
        try RestorationGate.begin(manifest, on: connection)
        try restore("data", manifest, connection)
        try TableArchive.read(
            KeptApart.plain, from: try ByteReader(folder + "/" + BackupMaker.tablesFile), into: connection)
        let known = try KnownErasures(connection)
        let (keys, destroyed) = try loadKeys(manifest, erased.map(known.rest(of:)), nowMillis, connection)
        try RestorationGate.note(keys, on: connection)
        try restore("post-data", manifest, connection)
        try upgrade(connection)
        // Privileges are not in a dump: its roles may not be there.
        _ = try connection.query("select registry.grant_roles()")
        try registerOthers(of: manifest, connection)
        guard try LaneHeads.read(connection) == manifest.lanes else {
            throw BackupError(.damaged, "The log does not end where the backup says.")
        }
        return Loaded(manifest: manifest, keys: keys, destroyed: destroyed, known: known, nowMillis: nowMillis)
    }

    /// Receipts name every backup that may hold keys, also those that are later than this one.
    private func registerOthers(of manifest: BackupManifest, _ connection: PostgresConnection) throws {
        for (name, other) in try siblings(of: manifest) {
            guard let id = Key128(uuid: other.id) else { continue }
            try BackupMaker.register(
                id, madeAt: other.madeAtMillis, keysExpireAt: other.keysExpireAtMillis, name, on: connection)
        }
    }

    private func restore(_ section: String, _ manifest: BackupManifest, _ connection: PostgresConnection) throws {
        let address = try connection.configuration.programAddress()
        let outcome = try PostgresPrograms.run(
            "pg_restore", version: manifest.postgres,
            [
                "--section=\(section)", "--exit-on-error", "--no-owner", "--no-privileges",
                "--dbname=\(address.connection)", folder + "/" + BackupMaker.dataFile,
            ], password: address.password)
        guard outcome.isSuccess else { throw BackupError(.program, "pg_restore failed: \(outcome.output)") }
    }

    private func loadKeys(
        _ manifest: BackupManifest, _ erased: [ErasureEntry], _ nowMillis: Int64, _ connection: PostgresConnection
    ) throws -> (KeyState, [ErasureEntry.Place: [Key128]]) {
        let path = folder + "/" + manifest.keys.name
        var state = KeyState.absent
        if manifest.keysExpireAtMillis <= nowMillis {
            state = .expired
        } else if FileManager.default.fileExists(atPath: path) {
            do {
                let reader = try KeyFile.Reader(path, secrets: secrets)
                // The line is sealed with what follows it, and says the same as the manifest.
                guard reader.line.backup == manifest.id, reader.line.expiresAt == manifest.keys.expiresAt else {
                    throw BackupError(.damaged, "\(manifest.keys.name) belongs to another backup")
                }
                let destroyed = try connection.transaction {
                    try TableArchive.read(KeptApart.keys, from: reader, into: connection)
                    return try ErasedKeys.destroy(erased, on: connection)
                }
                return (.restored, destroyed)
            } catch is KeyFile.CannotOpen {
                state = .unopened
            }
        }
        try makeNewShopKeys(connection)
        return (state, [:])
    }

    /// Shops go on under new keys where the old ones are gone: what was sealed stays closed for ever.
    private func makeNewShopKeys(_ connection: PostgresConnection) throws {
        let vault = try Vault(currentKey: secrets[0])
        for shop in try connection.query("select id from registry.shop") {
            _ = try connection.query(
                "update registry.shop set wrapped_key = $2 where id = $1",
                [.int4(shop.int32(0)), .bytes(vault.wrap(Vault.newKey()))])
        }
    }

    private enum SQL {
        static let version = "select current_setting('server_version_num')::int / 10000"
        static let isEmpty = """
            select not exists (select from pg_namespace where nspname !~ '^pg_' and nspname not in
                    ('information_schema', 'public'))
                and not exists (select from pg_class where relnamespace = 'public'::regnamespace)
            """
    }
}
