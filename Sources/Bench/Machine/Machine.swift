internal import Foundation

/// The machine that figures were taken on.
package struct Machine: Codable, Sendable {
    package var processor: String
    package var cores: Int
    package var memoryMegabytes: Int
    package var kernel: String
    package var system: String
    package var measuredAt: String

    static func describe() -> Machine {
        let cpu = text("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        let release = text("/etc/os-release").split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return Machine(
            processor: cpu?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown",
            cores: ProcessInfo.processInfo.activeProcessorCount,
            memoryMegabytes: Int(ProcessInfo.processInfo.physicalMemory >> 20),
            kernel: text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines),
            system: release?.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } ?? "unknown",
            measuredAt: Date().formatted(.iso8601))
    }

    static func text(_ path: String) -> String {
        // /proc files have no size; absent ones have nothing to say.
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}

/// What others did on the machine right before a figure was taken.
package struct MachineLoad: Codable, Sendable {
    /// Load average of the last minute.
    package var loadAverage: Double
    /// Share of all cores that was busy while nothing of ours ran under load.
    package var busyShareBefore: Double

    /// Looks for half a second.
    static func now() async throws -> MachineLoad {
        let before = counters()
        try await Task.sleep(for: .milliseconds(500))
        let after = counters()
        let all = after.all - before.all
        let idle = after.idle - before.idle
        let average = Machine.text("/proc/loadavg").split(separator: " ").first.flatMap { Double($0) } ?? 0
        return MachineLoad(
            loadAverage: average, busyShareBefore: all > 0 ? (1 - idle / all) : 0)
    }

    private static func counters() -> (all: Double, idle: Double) {
        let line = Machine.text("/proc/stat").split(separator: "\n").first ?? ""
        let fields = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard fields.count > 4 else { return (0, 0) }
        return (fields.prefix(8).reduce(0, +), fields[3] + fields[4])
    }
}
