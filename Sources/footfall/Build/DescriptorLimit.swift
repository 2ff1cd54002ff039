internal import Glibc

/// Open files: each connection is one of the process's descriptors.
enum DescriptorLimit {
    /// Kept for the stores, files and listeners, so that no number of clients keeps the process from its own work.
    private static let reserved = 512
    /// Fewer are not enough for a busy shop; below, the doctor warns.
    private static let connectionsUsual = 10_000

    /// What systems give where nobody has set it.
    private static let usual = 1_024

    /// Lets this process open as many files as the system allows it; how many that are. Shells give 1,024 where many
    /// more are allowed.
    static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { return Self.usual }
        let soft = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        return Int(clamping: unsafe setrlimit(resource, &limit) == 0 ? limit.rlim_max : soft)
    }

    /// How many connections a process with so many descriptors may have.
    static func connections(of descriptors: Int) -> Int { max(descriptors - reserved, descriptors / 2) }

    /// The doctor's line.
    static var finding: Finding {
        let connections = connections(of: raise())
        return Finding(
            "open files", connections >= connectionsUsual, good: "enough for \(min(connections, 1 << 20)) connections",
            else: .warn,
            "Enough for \(connections) connections; raise the hard limit (`ulimit -Hn`, or LimitNOFILE of systemd).")
    }
}
