internal import EventModel
internal import Postgres

/// Which installation a database is (`registry.installation`).
enum Installation {
    /// Its id; nil in a database that no version with such ids has migrated yet.
    static func id(_ connection: PostgresConnection) throws -> Key128? {
        guard try connection.query("select to_regclass('registry.installation') is not null")[0].bool(0) else {
            return nil
        }
        return try connection.query("select id from registry.installation").first.map { row in
            Key128(high: row.uuid(0).0, low: row.uuid(0).1)
        }
    }
}
