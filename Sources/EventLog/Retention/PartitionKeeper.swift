internal import Blocking
package import EventModel
package import Logging
package import Postgres

/// Makes the log's weekly partitions before they are needed, and drops old ones where it is told to. Writers make a
/// missing one themselves; made ahead, none of them has to wait for it.
package actor PartitionKeeper {
    /// How long the log is kept.
    package struct Retention: Sendable {
        /// Whole weeks before the current one; at least one.
        package let weeks: Int
        /// Up to where every reader of the log has taken events in, by lane; asked before each drop.
        package let projected: @Sendable (PostgresConnection) throws -> [Lane: Position]

        /// Checks nothing; fewer than one week count as one.
        package init(weeks: Int, projected: @escaping @Sendable (PostgresConnection) throws -> [Lane: Position]) {
            self.weeks = max(1, weeks)
            self.projected = projected
        }
    }

    /// A month, so that a keeper that is away for long does no harm.
    package static let weeksAhead = 4
    /// Partitions are of a week; once an hour is often.
    private static let interval = Duration.seconds(3600)
    /// After a failure.
    private static let retryInterval = Duration.seconds(10)

    private let executor: BlockingExecutor
    private let connection: PostgresConnection
    private let logger: Logger
    private let retention: Retention?

    /// Connects at the first `ensure`. Without a retention nothing is ever dropped.
    package init(
        _ configuration: PostgresConfiguration, retention: Retention? = nil,
        logger: Logger = Logger(label: "footfall.partitions")
    ) {
        self.executor = BlockingExecutor(label: "footfall.partitions")
        self.connection = PostgresConnection(configuration)
        self.logger = logger
        self.retention = retention
    }

    /// Its own queue, where blocking is allowed.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Makes what is missing of this week and the weeks ahead.
    package func ensure() throws(PostgresError) {
        defer { connection.close() }  // an hour is long for an idle session
        _ = try connection.query(
            """
            select log.ensure_partition(now() + make_interval(weeks => ahead)) from generate_series(0, $1) ahead
            """, [.int4(Int32(Self.weeksAhead))])
    }

    /// Drops the weeks that are older than the retention says and that every reader has taken in; those that stay have
    /// a refusal. Does nothing without a retention.
    package func dropOld() throws -> [LogRetention.Outcome] {
        guard let retention else { return [] }
        defer { connection.close() }
        let week = try connection.query("select date_trunc('week', now(), 'UTC')")[0].timestampMillis(0)
        let limit = week - Int64(retention.weeks) * AppendPlan.weekMillis
        return try LogRetention(connection).drop(endedBefore: limit, projected: try retention.projected(connection))
    }

    /// Does so now and every hour until its task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            var pause = Self.interval
            do {
                try ensure()
                for outcome in try dropOld() { note(outcome) }
            } catch {
                logger.warning("partitions not kept", metadata: ["error": "\(error)"])
                pause = Self.retryInterval
            }
            // Cancelled: the loop ends by itself.
            try? await Task.sleep(for: pause)
        }
    }

    private func note(_ outcome: LogRetention.Outcome) {
        var metadata: Logger.Metadata = ["partition": "\(outcome.partition)", "events": "\(outcome.eventCount)"]
        if let refusal = outcome.refusal {
            metadata["reason"] = "\(refusal)"
            logger.warning("an old partition stays", metadata: metadata)
        } else {
            logger.notice("an old partition was dropped", metadata: metadata)
        }
    }
}
