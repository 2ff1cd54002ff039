internal import Postgres

/// Keeps a session's plans on the indexes.
///
/// A partition is empty when its week begins; a statement prepared then would be planned to scan it whole and would do
/// so until the table's statistics are renewed, while the partition grows by thousands of rows a second.
struct IndexedSession {
    private var generation = 0

    /// Sets this session up, if it is a new one.
    mutating func prepare(_ connection: PostgresConnection) throws(PostgresError) {
        if connection.connectsOnUse { try connection.connect() }
        guard connection.isConnected, connection.generation != generation else { return }
        try connection.execute("set enable_seqscan = off")
        generation = connection.generation
    }
}
