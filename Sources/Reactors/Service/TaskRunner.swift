internal import EventModel
package import Logging
package import Postgres
internal import ServiceLifecycle

/// How tasks are run.
package struct RunnerConfiguration: Sendable {
    /// How long a claimed task is a runner's own without a word from it: after a crash it waits so long.
    package var lease: Duration = .seconds(60)
    /// Tasks of one shop at a time, over all runners: Shopify's limits are a shop's.
    package var perShopMax = 3
    /// Tasks of this process at a time.
    package var workers = 4
    /// When failed tasks are tried again.
    package var retry = RetryPolicy()

    /// The defaults.
    package init() {}
}

/// Runs tasks that are due, several at a time. Any number of runners share the work.
///
/// A run's outcome is written down before its events are recorded, and the task ends after that, so an effect runs again
/// only if its outcome could not be written.
package struct TaskRunner: Service {
    /// Between looks for work when there was none.
    private static let lookEvery = Duration.milliseconds(500)

    private let pool: PostgresPool
    private let reactors: [String: any Reactor]
    private let results: any ResultSink
    private let configuration: RunnerConfiguration
    private let logger: Logger

    /// Contacts nobody before `run`. Names of reactors are unique.
    package init(
        pool: PostgresPool, reactors: [any Reactor], results: any ResultSink,
        configuration: RunnerConfiguration = RunnerConfiguration(), logger: Logger
    ) {
        self.pool = pool
        self.reactors = Dictionary(uniqueKeysWithValues: reactors.map { ($0.name, $0) })
        self.results = results
        self.configuration = configuration
        self.logger = logger
    }

    /// Works until shutdown; tasks that are running then are cancelled and given back.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<configuration.workers { group.addTask { await work() } }
        }
    }

    private func work() async {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                if try await runNext() { continue }
            } catch is CancellationError {
                continue
            } catch {
                logger.warning("running tasks failed", metadata: ["error": "\(error)"])
            }
            // Not an error while shutting down: the loop looks at that itself.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.lookEvery) }
        }
    }

    /// Works off the task that is due the longest; false when none is.
    package func runNext() async throws -> Bool {
        let (names, lease, perShopMax) = (Array(reactors.keys), configuration.lease, configuration.perShopMax)
        let claimed = try await pool.run { connection in
            try TaskTable.claim(reactors: names, lease: lease, perShopMax: perShopMax, on: connection)
        }
        guard let claimed, let reactor = reactors[claimed.task.reactor] else { return false }
        do {
            if let settlement = claimed.settlement {
                try await finish(claimed.task, settlement)
            } else {
                try await settle(claimed.task, try await outcome(of: claimed.task, reactor), reactor)
            }
        } catch is TaskTable.Displaced {
            logger.warning("a task was taken over", metadata: ["task": "\(claimed.task.id)"])
        } catch is CancellationError {
            await giveBack(claimed.task)
            throw CancellationError()
        }
        return true
    }

    /// Runs the task while its lease is renewed; what is thrown becomes a failure.
    private func outcome(of task: ReactorTask, _ reactor: any Reactor) async throws -> TaskOutcome {
        // A runner that a task brings down cannot say so: the claims are all there is to count.
        guard task.attempt <= configuration.retry.attemptsMax else {
            return .failed(.permanent("its runners ended before it did"))
        }
        // Only the run is cancelled at shutdown: giving the task back takes a session of the database.
        return try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: TaskOutcome?.self) { group in
                group.addTask { try await attempt(task, reactor) }
                group.addTask {
                    try await keep(task)
                    return nil
                }
                defer { group.cancelAll() }
                guard let ended = try await group.next(), let outcome = ended else { throw CancellationError() }
                return outcome
            }
        }
    }

    private func attempt(_ task: ReactorTask, _ reactor: any Reactor) async throws -> TaskOutcome {
        do {
            return try await reactor.run(task, StoredProgress(task: task, pool: pool))
        } catch let error as TaskTable.Displaced {
            throw error
        } catch {
            // What a cancelled call throws says nothing about the task.
            if Task.isCancelled { throw CancellationError() }
            return .failed(Self.failure(error))
        }
    }

    /// Renews the lease until the task has ended; throws when it is lost.
    private func keep(_ task: ReactorTask) async throws {
        let lease = configuration.lease
        while true {
            try await Task.sleep(for: lease / 3)
            do {
                try await pool.run { connection in try TaskTable.renew(task, lease: lease, on: connection) }
            } catch let error as PostgresError {
                // The lease outlives a short failure of the database; a lost lease shows at the next try.
                logger.warning("a lease was not renewed", metadata: ["task": "\(task.id)", "error": "\(error)"])
            }
        }
    }

    private func settle(_ task: ReactorTask, _ outcome: TaskOutcome, _ reactor: any Reactor) async throws {
        switch outcome {
        case .done(let effects): try await conclude(task, Settlement(state: .done, effects: effects))
        case .again(let wait, let payload, let effects):
            try await conclude(
                task, Settlement(state: .ready, effects: effects, waitMillis: wait.wholeMillis, payload: payload))
        case .failed(let failure):
            let jitter = Double.random(in: 0...1)
            switch configuration.retry.decide(failure, attempt: task.attempt, jitter: jitter) {
            case .retry(let wait):
                logger.info(
                    "a task failed and waits", metadata: ["task": "\(task.id)", "reactor": "\(task.reactor)"])
                try await pool.run { try TaskTable.putBack(task, after: wait, failure, on: $0) }
            case .giveUp:
                var settlement = Settlement.deadLetter(task, failure)
                settlement.effects.next = try await reactor.next(afterGivingUp: task)
                try await conclude(task, settlement)
            }
        }
    }

    private func conclude(_ task: ReactorTask, _ settlement: Settlement) async throws {
        if !settlement.effects.results.isEmpty {
            try await pool.run { try TaskTable.settle(task, settlement, on: $0) }
        }
        try await finish(task, settlement)
    }

    /// Records the events of an outcome that is written down, then ends the task.
    private func finish(_ task: ReactorTask, _ settlement: Settlement) async throws {
        if !settlement.effects.results.isEmpty {
            do {
                try await results.record(settlement.effects.results, shop: task.shop)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // The outcome stays written down; only the recording is tried again.
                try await pool.run {
                    try TaskTable.putBack(task, after: configuration.retry.first, Self.failure(error), on: $0)
                }
                return
            }
        }
        try await pool.run { try TaskTable.close(task, settlement, on: $0) }
        if settlement.state == .dead {
            logger.error("a task is given up", metadata: ["task": "\(task.id)", "reactor": "\(task.reactor)"])
        }
    }

    private func giveBack(_ task: ReactorTask) async {
        do {
            try await pool.run { try TaskTable.release(task, on: $0) }
        } catch {
            logger.info("a task waits for the end of its lease", metadata: ["task": "\(task.id)"])
        }
    }

    /// Words for `last_error`. Of errors that nobody has looked through for secrets only the type is kept.
    private static func failure(_ error: any Error) -> TaskFailure {
        switch error {
        case let error as any TaskError: error.taskFailure
        case let error as PostgresError: .passing("\(error)")
        default: .passing("\(type(of: error))")
        }
    }
}
