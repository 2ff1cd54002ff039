package import EventModel
package import Postgres

/// Tells a process's copy of the shops when it has to be taken anew, so that ten thousand of them are not read, and
/// opened, every second by every process.
///
/// One value belongs to one connection. The registry's triggers say `footfall_registry` with every change; as long as
/// the session that listens lives, nothing they say is missed.
package struct ShopFollower: Sendable {
    private static let channel = "footfall_registry"
    /// What a session cannot hear, as through a pooler that shares sessions, is made good within this.
    package static let refreshInterval = Duration.seconds(30)

    private let refreshInterval: Duration
    private var generation = 0
    private var readAt = ContinuousClock.now

    /// Knows of no shop yet. After an error begin with a new one: a change may have been heard and not been read.
    package init(refreshInterval: Duration = Self.refreshInterval) {
        self.refreshInterval = refreshInterval
    }

    /// All shops as `ShopRegistry.list` has them: at once where the session is a new one, else as soon as they have
    /// changed, or are older than the interval when the wait is over; nil where nothing happened for `waitMillis`.
    /// Blocking.
    package mutating func next(
        waitMillis: Int, on connection: PostgresConnection
    ) throws -> [ShopRegistration]? {
        try connection.listen(to: [Self.channel])
        if generation == connection.generation {
            let isChanged = try !connection.notifications(waitMillis: waitMillis).isEmpty
            guard isChanged || .now - readAt >= refreshInterval else { return nil }
        }
        // Listened first, read then: what changes while it is read is heard afterwards.
        let shops = try ShopRegistry.list(on: connection)
        generation = connection.generation
        readAt = .now
        return shops
    }
}
