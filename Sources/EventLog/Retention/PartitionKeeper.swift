internal import Blocking
package import Logging
package import Postgres

/// Makes the log's weekly partitions before they are needed. Writers make a missing one themselves; made ahead, none of them
/// has to wait for it.
package actor PartitionKeeper {
    /// A month, so that a keeper that is away for long does no harm.
    package static let weeksAhead = 4
    /// Partitions are of a week; once an hour is often.
    private static let interval = Duration.seconds(3600)
    /// After a failure.
    private static let retryInterval = Duration.seconds(10)

    private let executor: BlockingExecutor
    private let connection: PostgresConnection
    private let logger: Logger

    /// Connects at the first `ensure`.
    package init(_ configuration: PostgresConfiguration, logger: Logger = Logger(label: "footfall.partitions")) {
        self.executor = BlockingExecutor(label: "footfall.partitions")
        self.connection = PostgresConnection(configuration)
        self.logger = logger
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

    /// Does so now and every hour until its task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            var pause = Self.interval
            do {
                try ensure()
            } catch {
                logger.warning("partitions not kept", metadata: ["error": "\(error)"])
                pause = Self.retryInterval
            }
            // Cancelled: the loop ends by itself.
            try? await Task.sleep(for: pause)
        }
    }
}
