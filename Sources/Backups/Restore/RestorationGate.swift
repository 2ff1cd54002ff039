internal import EventModel
package import Postgres

/// Says whether a database may be served: not while it comes out of a backup and nobody has verified it.
package enum RestorationGate {
    /// Throws `unverified` where a restore of this database has not been finished. Every role asks before it starts, and
    /// every command that has the secrets. A database without our schema passes: nothing is in it.
    package static func check(_ connection: PostgresConnection) throws {
        guard try connection.query("select to_regclass('privacy.restoration') is not null")[0].bool(0) else { return }
        let rows = try connection.query(
            """
            select made_at from privacy.restoration where verified_at is null
            """)
        guard let row = rows.first else { return }
        throw BackupError(
            .unverified,
            "This database was restored from a backup of \(Timestamp.text(row.timestampMillis(0))) and the restore was "
                + "not finished: what was forgotten since may be in it. Restore again, into new stores: footfall restore."
        )
    }

    /// Notes that a restore has begun; from here on `check` throws.
    static func begin(_ manifest: BackupManifest, on connection: PostgresConnection) throws {
        guard let id = Key128(uuid: manifest.id) else { throw BackupError(.damaged, "the backup's id is none") }
        _ = try connection.query(
            "insert into privacy.restoration (backup, made_at) values ($1, $2)",
            [.uuid(id.high, id.low), .timestamp(manifest.madeAtMillis)])
    }

    static func note(_ keys: Restorer.KeyState, on connection: PostgresConnection) throws {
        _ = try connection.query("update privacy.restoration set keys = $1", [.text(keys.rawValue)])
    }

    static func finish(erasures: Int, on connection: PostgresConnection) throws {
        _ = try connection.query(
            "update privacy.restoration set erasures = $1, verified_at = clock_timestamp()", [.int8(Int64(erasures))])
    }
}
