package import Postgres
package import Privacy

/// The salts of daily pseudonyms at rest: `registry.daily_salt`, wrapped under APP_SECRET_KEY, and
/// `registry.salt_destroyed`, the days of which the log has yet to be told. Synchronous and blocking.
package enum SaltTable {
    /// Makes the salts of `today` and the day after unless they are there, destroys those whose 48 hours are over, and
    /// returns the living ones. Days are counted from 1970-01-01 UTC.
    package static func keep(today: Int64, vault: Vault, on connection: PostgresConnection) throws -> DailySalts {
        for day in [today, today + 1] {
            _ = try connection.query(SQL.make, [.int4(Int32(day)), .bytes(vault.wrap(DailySalt.new(day: day).bytes))])
        }
        _ = try connection.query(SQL.destroy, [.int4(Int32(today - 1))])
        return DailySalts(
            try connection.query(SQL.all).map { row in
                DailySalt(day: row.int64(0), bytes: try opened(row.bytes(1), vault))
            })
    }

    /// Days whose salt is destroyed, and of which not every log has the word.
    package static func untold(on connection: PostgresConnection) throws -> [Int64] {
        try connection.query("select day - date '1970-01-01' from registry.salt_destroyed order by day")
            .map { Int64($0.int32(0)) }
    }

    /// Every log has the word of this day.
    package static func noteTold(_ day: Int64, on connection: PostgresConnection) throws {
        _ = try connection.query(
            "delete from registry.salt_destroyed where day = date '1970-01-01' + $1::int", [.int4(Int32(day))])
    }

    /// Wraps the living salts under the vault's current key; their number. One that does not open is passed over: it is as
    /// good as destroyed.
    @discardableResult
    package static func rewrap(vault: Vault, on connection: PostgresConnection) throws -> Int {
        try connection.query(SQL.all).filter { row in
            guard let salt = try? opened(row.bytes(1), vault) else { return false }  // see above
            return try connection.query(
                SQL.replace, [.int4(Int32(row.int64(0))), .bytes(row.bytes(1)), .bytes(vault.wrap(salt))]
            ).affectedRows == 1
        }.count
    }

    /// Salts that older versions made lie there as they are, for two days.
    private static func opened(_ stored: [UInt8], _ vault: Vault) throws(PrivacyError) -> [UInt8] {
        stored.count == Vault.keyBytes ? stored : try vault.unwrap(stored)
    }

    private enum SQL {
        static let make = """
            insert into registry.daily_salt values (date '1970-01-01' + $1::int, $2) on conflict do nothing
            """
        /// One statement, so that no salt goes without a word.
        static let destroy = """
            with gone as (delete from registry.daily_salt where day < date '1970-01-01' + $1::int returning day)
            insert into registry.salt_destroyed select day from gone on conflict do nothing
            """
        static let all = "select (day - date '1970-01-01')::bigint, salt from registry.daily_salt order by day"
        static let replace = """
            update registry.daily_salt set salt = $3 where day = date '1970-01-01' + $1::int and salt = $2
            """
    }
}
