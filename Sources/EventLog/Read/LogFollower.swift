package import EventModel
package import Postgres

/// Waits for appends: `footfall_log` carries "lane:position" from inside each append's transaction.
///
/// Blocking; needs a connection of its own. A word may be missed while the session is being made again, so a follower
/// looks for itself from time to time.
package final class LogFollower {
    /// The channel of appends.
    package static let channel = "footfall_log"

    private let connection: PostgresConnection

    /// Listens from the first `wait` on.
    package init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Lanes that have grown and their newest position, as soon as there are any; empty after `waitMillis`.
    package func wait(millis waitMillis: Int) throws(PostgresError) -> [Lane: Position] {
        try connection.listen(to: [Self.channel])
        var heads: [Lane: Position] = [:]
        for notification in try connection.notifications(waitMillis: waitMillis) {
            let parts = notification.payload.split(separator: ":")
            guard parts.count == 2, let lane = Lane(parts[0]), let position = Position(parts[1]) else { continue }
            heads[lane] = max(heads[lane] ?? 0, position)
        }
        return heads
    }
}
