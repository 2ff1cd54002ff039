package import EventModel
package import Logging
package import Postgres
internal import ServiceLifecycle

/// Follows the log and makes the tasks that reactors ask for; `TaskRunner` runs them.
///
/// Tasks and checkpoint are one transaction, so each event is asked about once. Reading the log again for a read model
/// has nothing to do with it.
package struct ReactorService: Service {
    /// Longest time between two looks at the log.
    private static let lookMillis = 1000
    /// Pause after a failure: long enough not to flood a database that is coming back.
    private static let pause = Duration.milliseconds(500)
    /// Looks between two removals of old tasks: about an hour when nothing happens, and no later than that by much.
    private static let purgeEvery = 3600

    private let lanes: [Lane]
    private let database: PostgresConfiguration
    private let reactors: [any Reactor]
    private let dictionaries: PayloadDictionaries
    private let logger: Logger

    /// Contacts nobody before `run`.
    package init(
        lanes: [Lane], database: PostgresConfiguration, reactors: [any Reactor], dictionaries: PayloadDictionaries,
        logger: Logger
    ) {
        self.lanes = lanes
        self.database = database
        self.reactors = reactors
        self.dictionaries = dictionaries
        self.logger = logger
    }

    /// Follows until shutdown.
    package func run() async {
        let lane = LaneReactor(database: database, reactors: reactors, dictionaries: dictionaries)
        await cancelWhenGracefulShutdown {
            var looks = 0
            while !Task.isCancelled {
                do {
                    if looks % Self.purgeEvery == 0 { try await lane.purge() }
                    looks += 1
                    for number in lanes { try await lane.catchUp(lane: number) }
                    try await lane.wait(millis: Self.lookMillis)
                } catch {
                    logger.warning("reading the log for reactors failed", metadata: ["error": "\(error)"])
                    await lane.release()
                    // Not an error while shutting down: the loop looks at the cancellation itself.
                    try? await Task.sleep(for: Self.pause)
                }
            }
        }
        await lane.release()
    }
}
