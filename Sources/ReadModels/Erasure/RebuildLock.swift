package import Postgres

/// Tells whether copies of read models are being filled. A rebuild's session holds the lock for as long as it lives, so a
/// rebuild that has failed or was killed holds it no more. Any number of sessions may.
package enum RebuildLock {
    /// First key of the lock, beside those of the projector's; the second is 0.
    private static let lockClass: Int32 = 0x4650_4A03

    /// Takes it for the session, before the first copy is made. Waits for erasures that are dropping copies.
    package static func hold(on connection: PostgresConnection) throws {
        _ = try connection.query("select pg_advisory_lock_shared($1, 0)", [.int4(lockClass)])
    }

    /// Whether no session holds it, and none gets it before the caller's transaction ends.
    package static func isFree(on connection: PostgresConnection) throws -> Bool {
        try connection.query("select pg_try_advisory_xact_lock($1, 0)", [.int4(lockClass)])[0].bool(0)
    }
}
