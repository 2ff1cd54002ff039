internal import Blocking
package import EventModel
internal import Foundation
package import Logging
package import Postgres

/// What keeping to retention needs to know.
package struct RetentionConfiguration: Sendable {
    /// Whether it is done.
    package enum Mode: String, Sendable, CaseIterable {
        /// Once a day what is past its time goes.
        case apply
        /// Once a day the process's log says what would go.
        case plan
        /// Nothing, unless somebody asks by command.
        case off
    }

    /// Finds leads and checkouts that are past their time, and forgets them where a run is named; returns counts by shop.
    package typealias Ageing =
        @Sendable (RetentionRules, _ now: Int64, _ run: Key128?) async throws -> [RetentionReport.ShopCounts]

    /// Where the log is; its user may drop partitions and delete keys. Reading a week takes longer than other statements.
    package var postgres: PostgresConfiguration
    /// Whether it is done by itself.
    package var mode: Mode
    /// What the pipelines' files say.
    package var sources: [EventSource: RetentionRules.Source]
    /// Up to where every reader of the log has taken events in.
    package var projected: @Sendable (PostgresConnection) throws -> [Lane: Position]
    /// Records what a run took from a shop as `retention.applied`, durably; for a shop that has gone it does nothing.
    package var tell: @Sendable (RetentionResult) async throws -> Void
    /// Leads and checkouts.
    package var age: Ageing
    /// Unix milliseconds.
    package var clock: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }

    /// Contacts nobody.
    package init(
        postgres: PostgresConfiguration, mode: Mode, sources: [EventSource: RetentionRules.Source],
        projected: @escaping @Sendable (PostgresConnection) throws -> [Lane: Position],
        tell: @escaping @Sendable (RetentionResult) async throws -> Void,
        age: @escaping Ageing = { _, _, _ in [] }
    ) {
        self.postgres = postgres
        self.mode = mode
        self.sources = sources
        self.projected = projected
        self.tell = tell
        self.age = age
    }
}

/// Keeps to retention: on demand, and once a day by itself. Any number may run; one of them does it at a time.
package actor RetentionKeeper {
    /// How often it looks whether a day has passed; a process that is restarted often does it no more often.
    private static let interval = Duration.seconds(3600)
    private static let dayMillis: Int64 = 86_400_000

    private let executor = BlockingExecutor(label: "footfall.retention")
    private let configuration: RetentionConfiguration
    private let connection: PostgresConnection
    private let logger: Logger
    private var isApplying = false
    private var plannedAt: Int64?

    /// Contacts nobody.
    package init(_ configuration: RetentionConfiguration, logger: Logger = Logger(label: "footfall.retention")) {
        self.configuration = configuration
        self.connection = PostgresConnection(configuration.postgres)
        self.logger = logger
    }

    /// Its own queue, where blocking is allowed.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// What `apply` would take now; changes nothing.
    package func plan() async throws -> RetentionReport {
        defer { if !isApplying { connection.close() } }  // an hour is long for an idle session
        let (now, rules) = (configuration.clock(), try rules())
        var report = try LogRetention(connection, rules: rules, projected: configuration.projected).plan(at: now)
        report.add(try await configuration.age(rules, now, nil))
        return report
    }

    /// Takes what is past its time and tells the log, also what an earlier run could not tell any more. Throws `busy`
    /// where it is being done already.
    package func apply() async throws -> RetentionReport {
        guard !isApplying else { throw EventLogError(.busy, "retention is being applied by this process") }
        isApplying = true
        defer {
            isApplying = false
            connection.close()  // and with the session the lock
        }
        let (now, rules) = (configuration.clock(), try rules())
        let retention = LogRetention(connection, rules: rules, projected: configuration.projected)
        try retention.acquire()
        var report = try retention.apply(at: now)
        report.add(try await configuration.age(rules, now, report.run))
        try await tell()
        return report
    }

    /// One shop that cannot be told of must not keep the others from it; the first failure is thrown after all.
    private func tell() async throws {
        var failure: (any Error)?
        for result in try LogRetention.untold(on: connection) {
            do {
                try await configuration.tell(result)
                try LogRetention.didTell(result, on: connection)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// Does so once a day until its task is cancelled, as the mode says.
    package func run() async {
        while !Task.isCancelled, configuration.mode != .off {
            do {
                try await runIfDue()
            } catch let error as EventLogError where error.code == .busy {
                logger.debug("retention is applied elsewhere")
            } catch {
                logger.warning("retention not applied", metadata: ["error": "\(error)"])
            }
            // Cancelled: the loop ends by itself.
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func runIfDue() async throws {
        let now = configuration.clock()
        switch configuration.mode {
        case .off: return
        case .plan:
            guard plannedAt.map({ now - $0 >= Self.dayMillis }) ?? true else { return }
            plannedAt = now
            note(try await plan(), "past its time, and kept because FOOTFALL_RETENTION is plan")
        case .apply:
            let last = try LogRetention.lastRun(on: connection)
            connection.close()
            guard last.map({ now - $0 >= Self.dayMillis }) ?? true else { return }
            note(try await apply(), "retention applied")
        }
    }

    private func note(_ report: RetentionReport, _ message: Logger.Message) {
        let total = report.total
        guard report.weeksGone > 0 || !total.isEmpty else { return }
        logger.notice(
            message,
            metadata: [
                "weeks": "\(report.weeksGone)", "events": "\(report.events)", "keys": "\(total.keys)",
                "quarantined": "\(total.quarantined)", "leads": "\(total.leads)", "checkouts": "\(total.checkouts)",
            ])
    }

    private func rules() throws -> RetentionRules {
        RetentionRules(
            sources: configuration.sources, overrides: try RetentionRules.Override.all(on: connection))
    }
}
