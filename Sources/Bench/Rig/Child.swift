internal import Foundation
internal import Synchronization

/// A program that was started here and is ended here.
final class Child: Sendable {
    let id: Int32
    private let log: String
    private let process: Mutex<Process>

    private static let pollInterval = Duration.milliseconds(10)
    /// How long a program may take to end when asked to.
    private static let stopMax = Duration.seconds(10)

    /// Its output goes to the file `log`.
    init(_ words: [String], environment: [String: String] = [:], log: String) throws {
        guard FileManager.default.createFile(atPath: log, contents: nil) else {
            throw BenchError("\(log) cannot be written")
        }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        id = process.processIdentifier
        self.log = log
        self.process = Mutex(process)
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }
    var output: String { String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self) }

    /// Waits for its end; false when it still runs after `limit`. Ends it when the caller is cancelled.
    func awaitExit(_ limit: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while isRunning {
            if ContinuousClock.now >= deadline { return false }
            do {
                try await Task.sleep(for: Self.pollInterval)
            } catch {
                kill(id, SIGKILL)
                throw error
            }
        }
        return true
    }

    /// Asks it to end, and kills it where it does not.
    func stop() async {
        guard isRunning else { return }
        kill(id, SIGTERM)
        let deadline = ContinuousClock.now + Self.stopMax
        while isRunning {
            if ContinuousClock.now >= deadline { kill(id, SIGKILL) }
            // Cancelled: goes on looking, which ends soon.
            try? await Task.sleep(for: Self.pollInterval)
        }
    }

    /// Runs a program to its end and returns what it printed.
    static func run(
        _ words: [String], environment: [String: String] = [:], log: String, limit: Duration = .seconds(120)
    ) async throws -> String {
        let child = try Child(words, environment: environment, log: log)
        guard try await child.awaitExit(limit) else {
            await child.stop()
            throw BenchError("\(words.joined(separator: " ")) took longer than \(limit)")
        }
        let status = child.process.withLock { $0.terminationStatus }
        guard status == 0 else {
            throw BenchError("\(words.joined(separator: " ")): status \(status)\n\(child.output)")
        }
        return child.output
    }
}

/// Looks until `condition` holds.
func awaitUntil(
    _ limit: Duration, every interval: Duration = .milliseconds(20), _ what: String,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw BenchError("\(what) took longer than \(limit)") }
        try await Task.sleep(for: interval)
    }
}
