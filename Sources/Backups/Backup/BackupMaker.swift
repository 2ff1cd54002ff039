internal import Blocking
internal import Cryptography
internal import EventModel
internal import Glibc
package import Postgres
package import Privacy
internal import PrivateStores

/// Makes one backup. Blocking; takes as long as reading the database does.
///
/// The data are those of one moment: pg_dump and our own COPYs share a snapshot. The folder gets its name when every
/// file is on the disk, so whatever has a name without `.unfinished` is whole.
package struct BackupMaker: Sendable {
    /// What a backup is made of and for.
    package struct Order: Sendable {
        /// The folder that backups lie in; made where there is none, closed to others.
        package var target: String
        /// How long the file of keys may be restored.
        package var keysForMillis: Int64
        /// Current time, Unix milliseconds.
        package var nowMillis: Int64
        /// All that was accepted until now is in the log.
        package var isDrained: Bool
        /// How far the journal of erasures goes; nil where there is no file.
        package var journal: ErasureChain.Head?

        /// Checks nothing.
        package init(
            target: String, keysForMillis: Int64, nowMillis: Int64, isDrained: Bool, journal: ErasureChain.Head?
        ) {
            (self.target, self.keysForMillis, self.nowMillis) = (target, keysForMillis, nowMillis)
            (self.isDrained, self.journal) = (isDrained, journal)
        }
    }

    /// A backup that is done.
    package struct Made: Sendable {
        /// Its folder.
        package let folder: String
        /// What it is.
        package let manifest: BackupManifest
        /// Files of keys of earlier backups that had expired and are destroyed.
        package let destroyedKeyFiles: Int
    }

    static let dataFile = "data.dump"
    static let tablesFile = "tables.copy"
    static let unfinished = ".unfinished"

    private let secret: [UInt8]

    /// `secret`: APP_SECRET_KEY, under which the keys are sealed and the manifest is authenticated.
    package init(secret: [UInt8]) { self.secret = secret }

    /// Makes it, or leaves nothing behind that looks like one. The connection has no statement timeout and logs in as
    /// the owner of the database.
    package func make(_ order: Order, from connection: PostgresConnection) throws -> Made {
        let shelf = try BackupShelf(order.target)
        return try shelf.locked {
            let destroyed = try shelf.clean(nowMillis: order.nowMillis)
            let id = Key128(bytes: SecureRandom.bytes(16))
            let name = shelf.name(of: id, order.nowMillis)
            // Written before the snapshot: an erasure from now on names this backup in its receipt.
            let expires = order.nowMillis + order.keysForMillis
            try Self.register(id, madeAt: order.nowMillis, keysExpireAt: expires, name, on: connection)
            let folder = shelf.path + "/" + name
            do {
                try shelf.makeFolder(folder + Self.unfinished)
                let manifest = try write(order, id, expires, into: folder + Self.unfinished, connection)
                try DurableFile.sync(folder + Self.unfinished)
                try DurableFile.move(folder + Self.unfinished, to: folder)
                return Made(folder: folder, manifest: manifest, destroyedKeyFiles: destroyed)
            } catch {
                for path in [folder + Self.unfinished, folder] { shelf.remove(path) }
                // The database may be what failed: then the row stays, and a receipt names a backup too many.
                _ = try? connection.query(SQL.unregister, [.uuid(id.high, id.low)])
                throw error
            }
        }
    }

    /// Notes a backup in the database; one that is known stays as it is.
    static func register(
        _ id: Key128, madeAt: Int64, keysExpireAt: Int64, _ name: String, on connection: PostgresConnection
    ) throws {
        _ = try connection.query(
            SQL.register, [.uuid(id.high, id.low), .timestamp(madeAt), .timestamp(keysExpireAt), .text(name)])
    }

    private func write(
        _ order: Order, _ id: Key128, _ expires: Int64, into folder: String, _ connection: PostgresConnection
    ) throws -> BackupManifest {
        try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            try connection.execute("set local idle_in_transaction_session_timeout = 0")
            let row = try connection.query(SQL.state)[0]
            let (snapshot, version) = (row.text(0), Int(row.int32(1)) / 10_000)
            try dump(connection, version, snapshot, to: folder + "/" + Self.dataFile)
            let tables = try ByteWriter(folder + "/" + Self.tablesFile)
            try TableArchive.write(KeptApart.plain, from: connection, to: tables)
            try tables.finish()
            let keys = try KeyFile.Writer(
                folder + "/" + KeyFile.name, secret: secret, backup: id, madeAt: order.nowMillis, expiresAt: expires)
            try TableArchive.write(KeptApart.keys, from: connection, to: keys)
            try keys.finish()
            let files = try [Self.dataFile, Self.tablesFile].map { name in
                let digest = try FileDigest.of(folder + "/" + name)
                return BackupManifest.File(name: name, bytes: digest.bytes, sha256: digest.sha256)
            }
            let manifest = BackupManifest(
                id: id, installation: try Installation.id(connection), madeAt: order.nowMillis, postgres: version,
                migration: Int(row.int32(2)), isDrained: order.isDrained, lanes: try LaneHeads.read(connection),
                journal: order.journal, files: files,
                keys: BackupManifest.Keys(
                    name: KeyFile.name, sha256: try FileDigest.of(folder + "/" + KeyFile.name).sha256,
                    expiresAt: Timestamp.text(expires)))
            let json = try manifest.json
            try DurableFile.replace(folder + "/" + BackupManifest.fileName, with: json)
            try DurableFile.replace(
                folder + "/" + ManifestCode.fileName, with: ManifestCode.make(json, secret: secret))
            return manifest
        }
    }

    private func dump(
        _ connection: PostgresConnection, _ version: Int, _ snapshot: String, to path: String
    ) throws {
        let address = try connection.configuration.programAddress()
        let words = [
            "--format=custom", "--compress=\(Self.compression)", "--no-owner", "--no-privileges",
            "--snapshot=\(snapshot)",
            // Copies of read models that a rebuild has left or is filling; no tombstone would reach them in a restore.
            "--exclude-schema=*_previous", "--exclude-schema=*_next", "--file=\(path)",
            "--dbname=\(address.connection)",
        ]
        let outcome = try PostgresPrograms.run(
            "pg_dump", version: version, words + KeptApart.tables.map { "--exclude-table-data=\($0)" },
            password: address.password)
        guard outcome.isSuccess else { throw BackupError(.program, "pg_dump failed: \(outcome.output)") }
        guard unsafe chmod(path, 0o600) == 0 else { throw ByteWriter.failure(path) }
        try DurableFile.sync(path)
    }

    /// Payloads are compressed already and sealed bytes cannot be; the columns around them shrink. See Backups.md.
    private static let compression = 1

    private enum SQL {
        static let state = """
            select pg_export_snapshot(), current_setting('server_version_num')::int,
                (select max(number) from public.footfall_migration)
            """
        static let register = """
            insert into privacy.backup (id, made_at, keys_expire_at, label) values ($1, $2, $3, $4)
            on conflict (id) do nothing
            """
        static let unregister = "delete from privacy.backup where id = $1"
    }
}
