package import Logging
package import Postgres
package import Privacy
internal import ServiceLifecycle

/// Keeps this process behind the fences: what is erased is not sealed again here, and what the process holds in memory of
/// it is let go. Tells the erasures by its row in `privacy.process` how far it is, and by a lock that it lives; where it
/// hears nothing of the fences, it drops its keys (`ProcessLease` says why that is enough).
package struct FenceFollower: Service {
    /// A missed notification is made good within this.
    private static let lookMillis = 1000
    /// Pause after a failure: long enough not to flood a database that is coming back.
    private static let pause = Duration.milliseconds(500)

    private let session: PostgresSession
    private let ledger: FenceLedger
    private let logger: Logger

    /// Contacts nobody yet. `keyring` is all that this process seals with; `label` is for people.
    package init(
        database: PostgresConfiguration, keyring: SubjectKeyring, label: String, logger: Logger
    ) {
        session = PostgresSession(database, label: "footfall.fences")
        ledger = FenceLedger(keyring: keyring, label: label)
        self.logger = logger
    }

    /// Registers the process and takes in all fences there are. Call it before the first event is taken: what is
    /// erased already is then never sealed.
    package func begin() async throws {
        let ledger = ledger
        try await session.run { try ledger.look(on: $0) }
    }

    /// Follows until shutdown, then takes the process off the list.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await follow() }
            group.addTask { await watch() }
        }
        let ledger = ledger
        do {
            try await session.run { try ledger.leave(on: $0) }
        } catch {
            logger.info("the process stays listed for some seconds", metadata: ["error": "\(error)"])
        }
        await session.close()
    }

    private func follow() async {
        let ledger = ledger
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await session.run { connection in
                        try connection.listen(to: ["footfall_fence"])
                        try ledger.look(on: connection)
                        _ = try connection.notifications(waitMillis: Self.lookMillis)
                        try ledger.look(on: connection)
                    }
                } catch {
                    logger.warning("fences not read", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: Self.pause)  // cancelled: the loop sees it
                }
            }
        }
    }

    /// Beside the loop, which may hang in a connection for longer than the lease.
    private func watch() async {
        await cancelWhenGracefulShutdown {
            var wasCutOff = false
            while !Task.isCancelled {
                let isCutOff = ledger.dropWhereCutOff()
                if isCutOff != wasCutOff {
                    logger.notice(
                        isCutOff
                            ? "fences were not read for some seconds: no key is kept until they are"
                            : "fences are read again")
                }
                wasCutOff = isCutOff
                try? await Task.sleep(for: ProcessLease.watch)  // cancelled: the loop sees it
            }
        }
    }
}
