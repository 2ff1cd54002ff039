package import EventLog
package import EventModel
package import Logging
package import Postgres
package import Redis
internal import ServiceLifecycle

/// What a drain needs to know.
package struct DrainConfiguration: Sendable {
    /// Where the log is.
    package var postgres: PostgresConfiguration
    /// Where the buffer is.
    package var redis: RedisConfiguration
    /// Lanes to drain; each is taken as soon as no other drain holds it.
    package var lanes: [Lane]
    /// Shops that were moved here from other lanes, whose earlier events are looked up there; asked before each append,
    /// so a copy in memory.
    package var formerLanes: @Sendable () -> [ShopID: [Lane]]
    /// How the log is kept; nil: for ever, unless somebody applies retention by command.
    package var retention: RetentionConfiguration?

    /// Contacts nobody.
    package init(
        postgres: PostgresConfiguration, redis: RedisConfiguration, lanes: [Lane],
        formerLanes: @escaping @Sendable () -> [ShopID: [Lane]] = { [:] }, retention: RetentionConfiguration? = nil
    ) {
        self.postgres = postgres
        self.redis = redis
        self.lanes = lanes
        self.formerLanes = formerLanes
        self.retention = retention
    }
}

/// Moves what the buffer holds into the log, lane by lane, as long as it runs, makes the log's partitions ahead, and keeps
/// to retention.
/// Any number of them may run, in any number of processes: a lane is drained by one, and another takes it over within
/// half a second of that one's end.
///
/// A store that is away is waited for; nothing is lost and nothing is read as empty. Ends within half a second.
package struct DrainService: Service {
    /// Counted into as long as it runs.
    package let metrics: DrainMetrics
    private let configuration: DrainConfiguration
    private let logger: Logger

    /// Contacts nobody before `run`.
    package init(
        _ configuration: DrainConfiguration, metrics: DrainMetrics = DrainMetrics(),
        logger: Logger = Logger(label: "footfall.drain")
    ) {
        self.configuration = configuration
        self.metrics = metrics
        self.logger = logger
    }

    /// Returns after a graceful shutdown or cancellation, with everything committed that was begun.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                let keeper = PartitionKeeper(configuration.postgres, logger: logger)
                group.addTask { await keeper.run() }
                if let retention = configuration.retention {
                    group.addTask { await RetentionKeeper(retention, logger: logger).run() }
                }
                let joint = JointLog(configuration.postgres, logger: logger)
                for lane in configuration.lanes {
                    let drain = LaneDrain(
                        lane: lane, configuration, joint: joint, metrics: metrics, logger: logger)
                    group.addTask { await drain.run() }
                }
            }
        }
    }
}
