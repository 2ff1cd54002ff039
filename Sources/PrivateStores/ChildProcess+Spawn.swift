internal import FoundationEssentials
internal import Glibc

extension ChildProcess {
    /// What a short command did.
    package struct Outcome: Sendable {
        /// It ended with 0.
        package let isSuccess: Bool
        /// What it printed, errors included.
        package let output: String
    }

    /// What becomes of the standard descriptors.
    private enum Redirect {
        case open(Int32, path: String, flags: Int32)
        case copy(Int32, to: Int32)
    }

    /// `POSIX_SPAWN_SETSID`, which glibc declares for GNU sources only.
    private static let newSession: Int32 = 0x80

    /// Starts a program in a session of its own, with nothing of ours open but a log, appended to.
    package static func start(_ arguments: [String], log: String) throws -> ChildProcess {
        try spawn(
            arguments,
            [
                .open(0, path: "/dev/null", flags: O_RDONLY),
                .open(1, path: log, flags: O_WRONLY | O_CREAT | O_APPEND),
                .copy(1, to: 2),
            ])
    }

    /// Starts a program in a session of its own that reads its standard input from a descriptor of ours.
    package static func start(_ arguments: [String], readingFrom descriptor: Int32) throws -> ChildProcess {
        try spawn(
            arguments,
            [.copy(descriptor, to: 0), .open(1, path: "/dev/null", flags: O_WRONLY), .copy(1, to: 2)])
    }

    /// Runs a command that says little to its end and returns what it printed; blocks. `environment` is added to ours.
    package static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
        let ends = try pipe()
        defer { close(ends.reading) }
        let child: ChildProcess
        do {
            defer { close(ends.writing) }
            child = try spawn(
                arguments,
                [.open(0, path: "/dev/null", flags: O_RDONLY), .copy(ends.writing, to: 1), .copy(ends.writing, to: 2)],
                environment: environment)
        }
        let output = readAll(ends.reading)
        var status: Int32 = -1
        while unsafe waitpid(child.id, &status, 0) < 0, errno == EINTR {}
        return Outcome(isSuccess: status == 0, output: output)
    }

    /// A pipe that programs started by anybody do not inherit.
    package static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw PrivateStoresError(.system, "the system gives no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(descriptor, &piece, piece.count)
            if count > 0 { all += piece[..<count] } else if count == 0 || errno != EINTR { break }
        }
        return String(decoding: all, as: UTF8.self)
    }

    private static func spawn(
        _ arguments: [String], _ redirects: [Redirect], environment: [String: String] = [:]
    ) throws -> ChildProcess {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for redirect in redirects {
            switch redirect {
            case .open(let descriptor, let path, let flags):
                unsafe posix_spawn_file_actions_addopen(&actions, descriptor, path, flags, 0o644)
            case .copy(let from, let to):
                unsafe posix_spawn_file_actions_adddup2(&actions, from, to)
            }
        }
        // A server must not hold open what this process was given or has connected to.
        for descriptor in openDescriptors() where descriptor > 2 {
            unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe setSession(&attributes)
        var copies = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables = unsafe inherited(environment).map { unsafe strdup($0) } + [nil]
        defer { unsafe (copies + variables).forEach { unsafe free($0) } }
        var id: pid_t = 0
        let failure = unsafe posix_spawn(&id, arguments[0], &actions, &attributes, &copies, &variables)
        guard failure == 0 else {
            let reason = unsafe String(cString: strerror(failure))
            throw PrivateStoresError(.system, "\(arguments[0]) cannot be started: \(reason)")
        }
        return ChildProcess(child: id)
    }

    /// A session of its own, and every signal as a fresh program expects it: ignored ones would be inherited.
    private static func setSession(_ attributes: UnsafeMutablePointer<posix_spawnattr_t>) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(attributes, &signals)
        let flags = newSession | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        unsafe posix_spawnattr_setflags(attributes, Int16(flags))
    }

    /// Our own environment with what is added, as `NAME=value`.
    private static func inherited(_ added: [String: String]) -> [String] {
        ProcessInfo.processInfo.environment.merging(added) { _, added in added }.map { "\($0)=\($1)" }
    }

    private static func openDescriptors() -> [Int32] {
        // Without /proc nothing is closed here, and all but strangers' descriptors close by themselves.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }
    }
}
