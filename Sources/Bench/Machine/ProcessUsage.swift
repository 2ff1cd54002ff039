internal import Foundation

/// What the kernel counts for processes.
enum ProcessUsage {
    /// Microseconds of CPU of a process, of its ended and awaited children, and of its living ones.
    ///
    /// For a postmaster that is the whole cluster: a backend that ends moves from the living to the awaited.
    static func cpuMicros(of id: Int32) -> Double {
        guard let own = ticks(of: id) else { return 0 }
        let living = children(of: id).reduce(0) { $0 + (ticks(of: $1) ?? 0) }
        return (own + living) * 1_000_000 / ticksPerSecond
    }

    /// Microseconds of CPU of this process.
    static func ownCPUMicros() -> Double { cpuMicros(of: getpid()) }

    /// Resident bytes of a process, 0 when it is gone.
    static func residentBytes(of id: Int32) -> Double {
        let fields = Machine.text("/proc/\(id)/statm").split(separator: " ")
        return fields.count > 1 ? (Double(fields[1]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// The most resident bytes that a process ever had, 0 when it is gone.
    static func peakResidentBytes(of id: Int32) -> Double {
        let line = Machine.text("/proc/\(id)/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? 0) * 1024
    }

    private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

    /// utime, stime, cutime and cstime; the name before them may hold blanks and brackets.
    private static func ticks(of id: Int32) -> Double? {
        let text = Machine.text("/proc/\(id)/stat")
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ").dropFirst()
        guard fields.count > 15 else { return nil }
        let start = fields.startIndex + 11
        return fields[start..<start + 4].compactMap { Double($0) }.reduce(0, +)
    }

    private static func children(of id: Int32) -> [Int32] {
        Machine.text("/proc/\(id)/task/\(id)/children").split(separator: " ").compactMap { Int32($0) }
    }
}

/// CPU by name of a set of processes, read now and again later.
struct CPUMeter {
    let processes: [String: Int32]
    private let start: [String: Double]

    init(_ processes: [String: Int32]) {
        self.processes = processes
        self.start = processes.mapValues { ProcessUsage.cpuMicros(of: $0) }
    }

    /// Microseconds since the meter was made, by name.
    func micros() -> [String: Double] {
        Dictionary(
            uniqueKeysWithValues: processes.map {
                ($0.key, ProcessUsage.cpuMicros(of: $0.value) - (start[$0.key] ?? 0))
            })
    }
}
