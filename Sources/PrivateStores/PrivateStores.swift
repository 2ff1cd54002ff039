// PrivateStores: a Postgres and a Redis of our own under a data folder, for `footfall up`, tests and benchmarks.
//
// They listen on unix sockets only, in a folder that only their user and root can enter; that is why Postgres may trust
// every connection. Postgres refuses to run as root, so under root both run as another user (see `StoreUser`). They live
// in sessions of their own: Ctrl-C in a terminal reaches us and not them. After our own violent end they go on, and the
// next `start` adopts them.

internal import Blocking
internal import Glibc
package import Logging

/// Where the private stores listen.
package struct StoreAddresses: Sendable, Equatable {
    /// For libpq.
    package let databaseURL: String
    /// For `RedisConfiguration`.
    package let redisURL: String
}

/// One private Postgres and one private Redis.
package actor PrivateStores {
    /// Which of the two.
    package enum Store: String, Sendable, CaseIterable {
        case postgres
        case redis
    }

    /// What `revive` found.
    package enum Look: Sendable, Equatable {
        /// It answers.
        case answers
        /// It lives and does not answer yet.
        case waits
        /// It was started again; the last that the one before wrote into its log, empty where it wrote nothing.
        case started(lastWords: String)
    }

    /// Crash recovery replays at most `max_wal_size` of log; a minute is many times what that takes.
    static let startMax = Duration.seconds(60)
    /// Ctrl-C ends everything within 5 s: until then for a clean stop, the rest for a hard one and what waits for it.
    package static let stopMax = Duration.milliseconds(4000)
    /// How long a hard stop of one store may take.
    static let killMax = Duration.milliseconds(400)
    /// Sockets and processes are looked at this often.
    static let pollMicroseconds: UInt32 = 10_000

    private let executor = BlockingExecutor(label: "footfall.stores")
    private let logger: Logger
    private let layout: StoreLayout
    private let options: PrivateStoresOptions
    private let processes = StoreProcesses()
    private var lock: FolderLock?
    private var postgres: PostgresServer?
    private var redis: RedisServer?
    private var silentSince: [Store: ContinuousClock.Instant] = [:]

    /// Touches nothing yet. The folder is made by `start`, and may be one that earlier stores left, in any state.
    package init(
        folder: String, options: PrivateStoresOptions = PrivateStoresOptions(),
        logger: Logger = Logger(label: "footfall.stores")
    ) {
        self.layout = StoreLayout(folder: folder)
        self.options = options
        self.logger = logger
    }

    /// The actor's own queue: everything here waits for processes and sockets.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Starts what does not run, adopts what still does, and returns when both answer, at most a minute later.
    ///
    /// May be called again, also after one of them died: then that one is started again.
    package func start() throws -> StoreAddresses {
        processes.open()
        let user = try StoreUser.current(reaching: layout)
        if lock == nil { lock = try FolderLock(path: layout.lockFile) }
        do {
            let database = try makePostgres(user)
            let cache = try makeRedis(user)
            try database.begin()
            try cache.begin()
            try database.awaitReady(Self.startMax)
            try cache.awaitReady(Self.startMax)
            try database.createDatabase()
        } catch {
            halt()
            throw error
        }
        return layout.addresses
    }

    /// Sees to one store; waits for nothing but its answer, and leaves the other one alone. Call it again and again.
    ///
    /// One that has died is started again at once; one that lives and gives no answer for a minute, the time that
    /// recovery may take, is killed first. Nothing is done before `start`.
    package func revive(_ store: Store) throws -> Look {
        guard lastProcess(of: store) != nil else { return .waits }
        if answers(store) {
            silentSince[store] = nil
            return .answers
        }
        if processID(of: store) != nil {
            let since = silentSince[store] ?? .now
            silentSince[store] = since
            guard ContinuousClock.now - since >= options.silenceMax else { return .waits }
            crash(store)
        }
        silentSince[store] = nil
        let lastWords = layout.lastWords(of: store)
        switch store {
        case .postgres: try postgres?.begin()
        case .redis: try redis?.begin()
        }
        return .started(lastWords: lastWords)
    }

    /// Stops both cleanly, or hard where they have not ended `stopMax` after `asked`, the moment from which somebody waits;
    /// both take up what they had answered when they start again. Touches only what this object started or adopted.
    package func stop(since asked: ContinuousClock.Instant = .now) {
        halt(since: asked)
    }

    /// Asks both to end cleanly, from any thread, without waiting for anything: also while this actor waits for one of
    /// them. Nothing is started any more; `stop` then does the rest.
    package nonisolated func requestStop() { processes.requestStop() }

    /// The same, and at once: kills both, so that nobody waits for an answer any more. Returns those that still lived.
    package nonisolated func kill() -> [Store] { processes.kill() }

    /// The addresses, when both stores of this folder answer, whoever runs them.
    package func runningAddresses() -> StoreAddresses? { silent().isEmpty ? layout.addresses : nil }

    /// Where the stores of this folder listen while they run.
    package nonisolated var addresses: StoreAddresses { layout.addresses }

    /// Those of this folder that give no answer, whoever runs them.
    package func silent() -> [Store] { Store.allCases.filter { !answers($0) } }

    /// The last that a store wrote into its log of what went wrong; empty where it wrote nothing.
    package nonisolated func lastWords(of store: Store) -> String { layout.lastWords(of: store) }

    /// Where the stores of a data folder keep their bytes; each may be a file system of its own, or not be there yet.
    package static func storage(in folder: String) -> [String] {
        let layout = StoreLayout(folder: folder)
        return [layout.cluster, layout.cluster + "/pg_wal", layout.redisFolder]
    }

    /// The process of a store that was started or adopted here and lives.
    package func processID(of store: Store) -> Int32? {
        switch store {
        case .postgres: postgres?.process.flatMap { $0.isAlive ? $0.id : nil }
        case .redis: redis?.process.flatMap { $0.isAlive ? $0.id : nil }
        }
    }

    /// Kills a store and its workers at once, as a crash would, and returns when they are gone.
    package func crash(_ store: Store) {
        guard let process = lastProcess(of: store) else { return }
        let all = [process] + process.children()
        StoreProcesses.killAll(process)
        for each in all { _ = each.awaitExit(Self.stopMax) }
    }

    /// Lets go of the stores and leaves them running, as our own violent end would. For tests of adoption.
    package func abandon() {
        processes.forget()
        postgres = nil
        redis = nil
        lock = nil
    }

    private func lastProcess(of store: Store) -> ChildProcess? {
        store == .postgres ? postgres?.process : redis?.process
    }

    private func answers(_ store: Store) -> Bool {
        store == .postgres ? PostgresServer.answers(layout) : RedisServer.answers(layout)
    }

    private func makePostgres(_ user: StoreUser) throws -> PostgresServer {
        if let postgres { return postgres }
        let made = try PostgresServer(
            layout: layout, user: user, options: options, processes: processes, logger: logger)
        postgres = made
        return made
    }

    private func makeRedis(_ user: StoreUser) throws -> RedisServer {
        if let redis { return redis }
        let made = try RedisServer(layout: layout, user: user, options: options, processes: processes, logger: logger)
        redis = made
        return made
    }

    private func halt(since asked: ContinuousClock.Instant = .now) {
        processes.requestStop()
        let deadline = asked + Self.stopMax
        let both = [postgres?.process, redis?.process].compactMap(\.self)
        for process in both where !process.awaitExit(ContinuousClock.now.duration(to: deadline)) {
            logger.warning("a store did not stop in time and is stopped hard", metadata: ["process": "\(process.id)"])
        }
        processes.kill()
        for process in both { _ = process.awaitExit(Self.killMax) }
        layout.removeForeignSocketFolder()
        processes.forget()
        postgres = nil
        redis = nil
        lock = nil
    }
}
