package import EventModel
package import Postgres

/// The lock that orders the appends of a lane, for work that must not have an append beside it.
package enum LaneLock {
    /// Takes the lock until the caller's transaction ends. What was appended before is committed then, and what is
    /// appended later sees all that the transaction wrote. Read in statements of their own, after this one.
    package static func hold(_ lane: Lane, on connection: PostgresConnection) throws(PostgresError) {
        _ = try connection.query(LogWriter.SQL.lock, [.int4(LogWriter.SQL.lockClass), .int4(Int32(lane))])
    }
}
