package import Logging
package import Postgres
package import Privacy
internal import ServiceLifecycle

/// Keeps this process behind the fences: what is erased is not sealed again here, and what the process holds in memory of
/// it is let go. Tells the erasures by its row in `privacy.process` how far it is.
package struct FenceFollower: Service {
    /// A missed notification is made good within this.
    private static let lookMillis = 1000
    /// An erasure takes a process for ended that it has not heard of for a minute.
    private static let beat = Duration.seconds(10)
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
        try await session.run { connection in
            try ledger.register(on: connection)
            try ledger.follow(on: connection)
        }
    }

    /// Follows until shutdown, then takes the process off the list.
    package func run() async {
        await cancelWhenGracefulShutdown {
            var beaten = ContinuousClock.now - Self.beat
            while !Task.isCancelled {
                let isBeat = ContinuousClock.now - beaten >= Self.beat
                do {
                    try await look(isBeat: isBeat)
                    if isBeat { beaten = .now }
                } catch {
                    logger.warning("fences not read", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: Self.pause)  // cancelled: the loop sees it
                }
            }
        }
        let ledger = ledger
        do {
            try await session.run { try ledger.leave(on: $0) }
        } catch {
            logger.info("the process stays listed for a minute", metadata: ["error": "\(error)"])
        }
        await session.close()
    }

    private func look(isBeat: Bool) async throws {
        let ledger = ledger
        try await session.run { connection in
            try connection.listen(to: ["footfall_fence"])
            // Also where nothing was told of: a process that was taken for ended comes back on the list.
            if isBeat { try ledger.register(on: connection) }
            try ledger.follow(on: connection)
            _ = try connection.notifications(waitMillis: Self.lookMillis)
            try ledger.follow(on: connection)
        }
    }
}
