package import EventModel
package import Logging
package import Postgres
internal import ServiceLifecycle

/// Follows the log and makes the tasks that reactors ask for; `TaskRunner` runs them.
///
/// Tasks and checkpoint are one transaction, so each event is asked about once. Reading the log again for a read model
/// has nothing to do with it.
package struct ReactorService: Service {
    /// Between two looks at the log, also after a failure. A look is a transaction a lane: nobody waits for a task as
    /// for a read model, and looking at each append of a busy lane would cost as much as the append.
    private static let lookEvery = Duration.milliseconds(500)
    /// Looks between two removals of old tasks: about an hour when nothing happens, and no later than that by much.
    private static let purgeEvery = 7200

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
                let purges = looks % Self.purgeEvery == 0
                looks += 1
                if purges { await attempt("removing old tasks", lane) { try await lane.purge() } }
                // One by one: what stands in the way of a lane is no matter of another's shops.
                for number in lanes {
                    await attempt("reading lane \(number) for reactors", lane) { try await lane.catchUp(lane: number) }
                }
                // Not an error while shutting down: the loop looks at the cancellation itself.
                try? await Task.sleep(for: Self.lookEvery)
            }
        }
        await lane.release()
    }

    private func attempt(_ what: String, _ lane: LaneReactor, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.warning("\(what) failed", metadata: ["error": "\(error)"])
            await lane.release()
        }
    }
}
