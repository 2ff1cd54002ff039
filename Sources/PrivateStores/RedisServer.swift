internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import Redis

/// The private Redis of one data folder.
final class RedisServer {
    private let layout: StoreLayout
    private let user: StoreUser
    private let options: PrivateStoresOptions
    private let processes: StoreProcesses
    private let logger: Logger
    private let program: String
    private(set) var process: ChildProcess? { didSet { processes.note(process, of: .redis) } }

    /// Finds Redis.
    init(
        layout: StoreLayout, user: StoreUser, options: PrivateStoresOptions, processes: StoreProcesses, logger: Logger
    ) throws {
        self.layout = layout
        self.user = user
        self.options = options
        self.processes = processes
        self.logger = logger
        self.program = try Program.find("redis-server", package: "redis-server")
    }

    /// Adopts the server that runs on this folder, or starts one; returns before it answers.
    ///
    /// Two servers on one append-only file would ruin it, so both signs of a living one are looked at: its process file
    /// and its socket.
    func begin() throws {
        if process?.isAlive == true { return }
        if let running = Self.recordedProcess(layout) ?? Self.listeningProcess(layout) {
            logger.info("Redis runs already and is adopted", metadata: ["process": "\(running.id)"])
            process = running
            return
        }
        try processes.checkOpen()
        StoreLayout.rotate(layout.redisLog)
        removeLeftovers()
        process = try ChildProcess.start(user.launcher + [program] + settings(), log: layout.redisLog)
    }

    /// Removes what a rewriting leaves that a killed server was in the middle of: a part of the buffer as it was then. Redis
    /// never reads such a file again, and no later rewriting takes it away.
    private func removeLeftovers() {
        // A folder that is not there yet has none; what cannot be removed is tried again at the next start.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: layout.redisFolder)) ?? []
        where name.hasPrefix("temp-") && (name.hasSuffix(".aof") || name.hasSuffix(".rdb")) {
            try? FileManager.default.removeItem(atPath: layout.redisFolder + "/" + name)
        }
    }

    /// Waits until the server answers and has read its file.
    func awaitReady(_ limit: Duration) throws {
        let deadline = ContinuousClock.now + limit
        while !Self.answers(layout) {
            if process?.isAlive != true {
                // One that was adopted while it was being killed says nothing of the next one.
                guard process?.isChild == false else {
                    let log = StoreLayout.tail(of: layout.redisLog)
                    throw PrivateStoresError(.notReady, "Redis ended (\(layout.redisLog)):\n\(log)")
                }
                try begin()
            }
            guard ContinuousClock.now < deadline, !Task.isCancelled else {
                throw PrivateStoresError(.notReady, "Redis did not answer within \(limit) (\(layout.redisLog))")
            }
            usleep(PrivateStores.pollMicroseconds)
        }
    }

    /// True when a command is answered.
    static func answers(_ layout: StoreLayout) -> Bool {
        guard unsafe access(layout.redisSocket, F_OK) == 0 else { return false }
        do { return try connection(layout).command(["PING"]).text == "PONG" } catch { return false }
    }

    private static func connection(_ layout: StoreLayout) -> RedisConnection {
        RedisConnection(RedisConfiguration(url: layout.addresses.redisURL, timeoutMillis: 1000))
    }

    private static func recordedProcess(_ layout: StoreLayout) -> ChildProcess? {
        guard let bytes = FileManager.default.contents(atPath: layout.redisProcessFile),
            let id = Int32(String(decoding: bytes, as: UTF8.self).filter(\.isNumber)),
            ChildProcess.commandLine(of: id)?.contains(where: { $0.contains("redis-server") }) == true,
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/cwd"))  // nil: not ours to see
                .map({ $0 == canonical(layout.redisFolder) }) == true
        else { return nil }
        return ChildProcess(adopting: id)
    }

    private static func canonical(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// INFO is answered also while the file is being read.
    private static func listeningProcess(_ layout: StoreLayout) -> ChildProcess? {
        guard unsafe access(layout.redisSocket, F_OK) == 0,
            let info = try? connection(layout).command(["INFO", "server"]).text  // nobody listens, as a rule
        else { return nil }
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("process_id:") }
        return line.flatMap { Int32($0.dropFirst("process_id:".count)) }.map(ChildProcess.init(adopting:))
    }

    private func settings() -> [String] {
        [
            "--port", "0", "--unixsocket", layout.redisSocket, "--unixsocketperm", "700", "--daemonize", "no",
            "--dir", layout.redisFolder, "--pidfile", layout.redisProcessFile,
            "--databases", String(options.redisDatabases),
            // An answer means that the bytes are on disk; snapshots add nothing to that.
            "--appendonly", "yes", "--appendfsync", options.isDurable ? "always" : "no", "--save", "",
            "--auto-aof-rewrite-percentage", "100", "--auto-aof-rewrite-min-size", "64mb",
            // A full buffer refuses, and the refusal is an answer; it must not forget.
            "--maxmemory", String(options.redisMemoryBytesMax), "--maxmemory-policy", "noeviction",
        ]
    }
}
