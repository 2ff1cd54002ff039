package import Logging
package import Postgres
internal import ServiceLifecycle

/// Destroys exports when their time is over, and takes what is left of them from the disk. So it does with the addresses of
/// invoices that shoppers asked for in the chat, which nobody can ask for any more by then.
package struct ExportKeeper: Service {
    private let pool: PostgresPool
    private let logger: Logger
    private let nowMillis: @Sendable () -> Int64

    /// An export may live this much too long; it cannot be fetched any more by then.
    private static let interval: Duration = .seconds(60)
    /// An invoice's address is for the session that asked for it, which lasts a day.
    private static let invoiceLifeMillis: Int64 = 2 * 86_400_000
    /// Requests for draft orders; who erases a person within the law's month finds none older (`SubjectRequest.dueMillis`).
    private static let draftLifeMillis: Int64 = 7 * 86_400_000

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
                _ = try connection.query(SQL.forgetInvoices, [.timestamp(now - Self.invoiceLifeMillis)])
                _ = try connection.query(SQL.forgetDrafts, [.timestamp(now - Self.draftLifeMillis)])
                if count > 0 { try connection.execute("vacuum privacy.export") }
                return count
            }
            if count > 0 { logger.info("exports expired and destroyed", metadata: ["exports": "\(count)"]) }
        } catch {
            logger.debug("exports not looked after", metadata: ["error": "\(error)"])
        }
    }

    private enum SQL {
        static let forgetInvoices = """
            update shopify.draft_order set sealed_url = null where sealed_url is not null and asked_at < $1
            """
        static let forgetDrafts = "delete from shopify.draft_order where asked_at < $1"
    }
}
