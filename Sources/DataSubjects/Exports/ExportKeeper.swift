package import Logging
package import Postgres
internal import ServiceLifecycle

/// Destroys exports when their time is over, and takes what is left of them from the disk.
package struct ExportKeeper: Service {
    private let pool: PostgresPool
    private let logger: Logger
    private let nowMillis: @Sendable () -> Int64

    /// An export may live this much too long; it cannot be fetched any more by then.
    private static let interval: Duration = .seconds(60)

    /// A keeper over the tables of `pool`.
    package init(pool: PostgresPool, logger: Logger, nowMillis: @escaping @Sendable () -> Int64) {
        self.pool = pool
        self.logger = logger
        self.nowMillis = nowMillis
    }

    /// Works until shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await keep()
                try? await Task.sleep(for: Self.interval)  // cancelled: the loop sees it
            }
        }
    }

    /// One round.
    package func keep() async {
        let now = nowMillis()
        do {
            let count = try await pool.run { connection in
                let count = try ExportTable.expire(nowMillis: now, on: connection)
                if count > 0 { try connection.execute("vacuum privacy.export") }
                return count
            }
            if count > 0 { logger.info("exports expired and destroyed", metadata: ["exports": "\(count)"]) }
        } catch {
            logger.debug("exports not looked after", metadata: ["error": "\(error)"])
        }
    }
}
