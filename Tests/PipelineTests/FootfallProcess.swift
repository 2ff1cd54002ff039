import Foundation
import Synchronization

/// One run of the real binary, killed with the test if nobody stopped it.
final class FootfallProcess: Sendable {
    let pid: Int32
    private let process: Mutex<Process>
    let output: String

    /// The binary beside the test bundle, built by the same `swift build`.
    static var binary: URL {
        Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
            .map { $0.deletingLastPathComponent().appending(path: "footfall") }
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "footfall")
    }

    /// - Parameter folder: where it works; the test's own by default.
    init(_ arguments: [String], environment: [String: String], in folder: URL? = nil) throws {
        let log = FileManager.default.temporaryDirectory.appending(path: "footfall-test-\(UUID().uuidString).log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let handle = try FileHandle(forWritingTo: log)
        let process = Process()
        process.executableURL = Self.binary
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        if let folder { process.currentDirectoryURL = folder }
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.pid = process.processIdentifier
        self.output = log.path
        self.process = Mutex(process)
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }

    func kill() { _ = Foundation.kill(pid, SIGKILL) }

    /// Asks it to stop and returns its exit status, or nil where it took longer than `seconds`.
    func stop(within seconds: Double = 10) async throws -> Int32? {
        _ = Foundation.kill(pid, SIGTERM)
        guard await eventually(within: seconds, { !self.isRunning }) else {
            kill()
            return nil
        }
        return process.withLock { $0.terminationStatus }
    }

    func printed() -> String {
        (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""  // an unreadable file has nothing to show
    }

    /// Runs a command to its end and returns what it printed on standard output.
    static func run(
        _ arguments: [String], environment: [String: String], in folder: URL? = nil
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = binary
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        if let folder { process.currentDirectoryURL = folder }
        process.standardOutput = pipe
        process.standardError = FileHandle.standardError
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}

/// How long tests wait for what must come, on however busy a machine, before they call it missing.
let patience = 300.0

/// Asks until `condition` holds; false when it still does not after `seconds`. The pause between two looks only spares
/// the processor: nothing depends on its length.
func eventually(within seconds: Double, _ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        // Only a cancelled task throws here; it looks again at once.
        try? await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}
