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
    package enum Store: Sendable, CaseIterable {
        case postgres
        case redis
    }

    /// Crash recovery replays at most `max_wal_size` of log; a minute is many times what that takes.
    static let startMax = Duration.seconds(60)
    /// Ctrl-C ends everything within 5 s: until then for a clean stop, the rest for a hard one.
    static let stopMax = Duration.seconds(4)
    /// How long a hard stop of one store may take.
    static let killMax = Duration.milliseconds(400)
    /// Sockets and processes are looked at this often.
    static let pollMicroseconds: UInt32 = 10_000

    private let executor = BlockingExecutor(label: "footfall.stores")
    private let logger: Logger
    private let layout: StoreLayout
    private let options: PrivateStoresOptions
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
    /// recovery may take, is killed first. True when it was started. Nothing is done before `start`.
    package func revive(_ store: Store) throws -> Bool {
        guard lastProcess(of: store) != nil else { return false }
        if answers(store) {
            silentSince[store] = nil
            return false
        }
        if processID(of: store) != nil {
            let since = silentSince[store] ?? .now
            silentSince[store] = since
            guard ContinuousClock.now - since >= options.silenceMax else { return false }
            crash(store)
        }
        silentSince[store] = nil
        switch store {
        case .postgres: try postgres?.begin()
        case .redis: try redis?.begin()
        }
        return true
    }

    /// Stops both cleanly, or hard where they have not ended 4 seconds after `asked`, the moment from which somebody waits;
    /// both take up what they had answered when they start again. Touches only what this object started or adopted.
    package func stop(since asked: ContinuousClock.Instant = .now) {
        halt(since: asked)
    }

    /// The addresses, when both stores of this folder answer, whoever runs them.
    package func runningAddresses() -> StoreAddresses? {
        answers(.postgres) && answers(.redis) ? layout.addresses : nil
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
        for each in all { each.signal(SIGKILL) }
        for each in all { _ = each.awaitExit(Self.stopMax) }
    }

    /// Lets go of the stores and leaves them running, as our own violent end would. For tests of adoption.
    package func abandon() {
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
        let made = try PostgresServer(layout: layout, user: user, options: options, logger: logger)
        postgres = made
        return made
    }

    private func makeRedis(_ user: StoreUser) throws -> RedisServer {
        if let redis { return redis }
        let made = try RedisServer(layout: layout, user: user, options: options, logger: logger)
        redis = made
        return made
    }

    private func halt(since asked: ContinuousClock.Instant = .now) {
        postgres?.requestStop()
        redis?.requestStop()
        let deadline = asked + Self.stopMax
        for process in [postgres?.process, redis?.process] {
            guard let process, !process.awaitExit(ContinuousClock.now.duration(to: deadline)) else { continue }
            logger.warning("a store did not stop in time and is stopped hard", metadata: ["process": "\(process.id)"])
        }
        postgres?.kill()
        redis?.kill()
        layout.removeForeignSocketFolder()
        postgres = nil
        redis = nil
        lock = nil
    }
}
