internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import Postgres

/// The private Postgres of one data folder.
final class PostgresServer {
    private let layout: StoreLayout
    private let user: StoreUser
    private let options: PrivateStoresOptions
    private let processes: StoreProcesses
    private let logger: Logger
    private let programs: String
    private(set) var process: ChildProcess? { didSet { processes.note(process, of: .postgres) } }
    private var logStart = 0

    /// What Postgres says while the remains of one that was killed are in the way: its memory, its lock files.
    private static let remains = ["still in use", "already exists"]

    /// Finds Postgres, and makes a cluster when there is none.
    init(
        layout: StoreLayout, user: StoreUser, options: PrivateStoresOptions, processes: StoreProcesses, logger: Logger
    ) throws {
        self.layout = layout
        self.user = user
        self.options = options
        self.processes = processes
        self.logger = logger
        let version = FileManager.default.contents(atPath: layout.cluster + "/PG_VERSION")
            .map { String(decoding: $0, as: UTF8.self).filter(\.isNumber) }
        self.programs = try Program.postgresFolder(version: version)
        if version == nil { try makeCluster() }
    }

    /// Adopts the server that runs on this folder, or starts one; returns before it answers.
    func begin() throws {
        if process?.isAlive == true { return }
        if let running = Self.runningProcess(layout) {
            logger.info("Postgres runs already and is adopted", metadata: ["process": "\(running.id)"])
            process = running
            return
        }
        // A number that meanwhile belongs to another program, or to one that was killed and is not gone yet, would make
        // Postgres refuse to start. Nobody else makes these files: the folder's lock is ours.
        for file in [layout.postmasterFile, layout.postgresSocket + ".lock"] { _ = unsafe unlink(file) }
        StoreLayout.rotate(layout.postgresLog)
        process = try launch()
    }

    /// Waits until the server answers; starts it again while the remains of one that was killed are in the way.
    func awaitReady(_ limit: Duration) throws {
        let deadline = ContinuousClock.now + limit
        while !Self.answers(layout) {
            if process?.isAlive != true { try beginAgain(before: deadline) }
            guard ContinuousClock.now < deadline, !Task.isCancelled else {
                throw PrivateStoresError(.notReady, "Postgres did not answer within \(limit) (\(layout.postgresLog))")
            }
            usleep(PrivateStores.pollMicroseconds)
        }
    }

    /// For one that ended instead of answering, if that was because of one before it: it was adopted while it was being
    /// killed, or met what a killed one has left.
    private func beginAgain(before deadline: ContinuousClock.Instant) throws {
        let log = StoreLayout.tail(of: layout.postgresLog, from: logStart)
        let wasAdopted = process?.isChild == false
        guard wasAdopted || Self.remains.contains(where: log.contains), ContinuousClock.now < deadline else {
            throw PrivateStoresError(.notReady, "Postgres ended (\(layout.postgresLog)):\n\(log)")
        }
        try begin()
    }

    /// Makes the database of the addresses, once.
    func createDatabase() throws {
        let connection = Self.connection(layout)
        let exists = try connection.query("SELECT count(*) FROM pg_database WHERE datname = 'footfall'")[0].int64(0)
        if exists == 0 { try connection.execute("CREATE DATABASE footfall") }
    }

    /// True when a session can be made.
    static func answers(_ layout: StoreLayout) -> Bool {
        guard unsafe access(layout.postgresSocket, F_OK) == 0 else { return false }
        do { try connection(layout).connect() } catch { return false }
        return true
    }

    private static func connection(_ layout: StoreLayout) -> PostgresConnection {
        PostgresConnection(
            PostgresConfiguration(url: layout.databaseURL(name: "postgres"), applicationName: "footfall stores"))
    }

    /// The postmaster of this cluster, if its lock file names a process that is one.
    private static func runningProcess(_ layout: StoreLayout) -> ChildProcess? {
        guard let bytes = FileManager.default.contents(atPath: layout.postmasterFile),
            let id = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.flatMap({ Int32($0) }),
            let words = ChildProcess.commandLine(of: id), words.contains(layout.cluster)
        else { return nil }
        let process = ChildProcess(adopting: id)
        return process.isAlive ? process : nil
    }

    private func launch() throws -> ChildProcess {
        try processes.checkOpen()
        logStart = StoreLayout.size(of: layout.postgresLog)
        let settings = settings().map { ["-c", "\($0.key)=\($0.value)"] }.joined()
        let words = user.launcher + [programs + "/postgres", "-D", layout.cluster, "-k", layout.socketFolder]
        return try ChildProcess.start(words + settings, log: layout.postgresLog)
    }

    /// Made beside its place and moved there when whole, so that a cluster that was half made is never started.
    private func makeCluster() throws {
        _ = try? FileManager.default.removeItem(atPath: layout.unfinishedCluster)  // absent, as a rule
        logger.info("a Postgres cluster is being made", metadata: ["folder": "\(layout.cluster)"])
        // `trust`: whoever reaches the socket, which lies in a folder closed to other users, is us or root.
        var words = [
            programs + "/initdb", "--pgdata=" + layout.unfinishedCluster, "--username=footfall", "--auth=trust",
            "--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C", "--no-instructions",
        ]
        if !options.isDurable { words.append("--no-sync") }
        let outcome = try ChildProcess.run(user.launcher + words)
        guard outcome.isSuccess, unsafe rename(layout.unfinishedCluster, layout.cluster) == 0 else {
            throw PrivateStoresError(.notReady, "initdb failed:\n\(outcome.output)")
        }
    }
}

extension PostgresServer {
    /// For one machine with a few GB: a buffer that holds the hot pages, long checkpoints, short sessions of autovacuum.
    private func settings() -> [String: String] {
        var all = [
            "listen_addresses": "",
            "port": String(StoreLayout.port),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "\(options.sharedBuffersMegabytes)MB",
            "effective_cache_size": "1GB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            // Our statements are short; compiling one takes longer than running it.
            "jit": "off",
            "random_page_cost": "1.1",
            "wal_compression": compression(),
            "wal_level": "replica",
            "max_wal_size": "2GB",
            "min_wal_size": "256MB",
            "checkpoint_timeout": "15min",
            "checkpoint_completion_target": "0.9",
            "fsync": options.isDurable ? "on" : "off",
            "synchronous_commit": options.isDurable ? "on" : "off",
            "full_page_writes": options.isDurable ? "on" : "off",
            // Read models are rewritten all the time; small and frequent cleaning keeps them small.
            "autovacuum_naptime": "10s",
            "autovacuum_vacuum_scale_factor": "0.05",
            "autovacuum_vacuum_insert_scale_factor": "0.2",
            "autovacuum_vacuum_cost_limit": "1000",
            "log_min_messages": "warning",
            "log_checkpoints": "off",
            "log_line_prefix": "%m [%p] ",
            // The default error detail shows statements and their values; values may be personal.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "cluster_name": "footfall",
        ]
        all.merge(options.postgresSettings) { _, given in given }
        return all
    }

    /// LZ4 where this build of Postgres has it: full-page images cost a third and little time.
    private func compression() -> String {
        let test = ["-C", "wal_compression", "-D", layout.cluster, "-c", "wal_compression=lz4"]
        let outcome = try? ChildProcess.run(user.launcher + [programs + "/postgres"] + test)  // the answer may be no
        return outcome?.isSuccess == true ? "lz4" : "on"
    }
}
