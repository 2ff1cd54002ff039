internal import Foundation

/// A run of wrk with Benchmarks/pixel.lua.
struct Load {
    var port: Int
    var connections = 64
    var seconds: Int
    var eventsPerRequest = 1
    /// Mean pause of a connection between two requests.
    var delayMillis = 0
    /// Account ids that share the load.
    var accounts: [String]

    struct Result: Decodable {
        let requests: Int
        let micros: Double
        let refused: Int
        let failed: Int
        let bytesPerEvent: Double
        let p50Micros: Double
        let p99Micros: Double

        var requestsPerSecond: Double { Double(requests) * 1_000_000 / micros }
    }

    private static let threads = 2

    /// Refused requests fail the run: what is measured is what is accepted.
    func run(_ rig: Rig, allowsRefusals: Bool = false) async throws -> Result {
        try await run(rig.context, log: rig.newLog(), allowsRefusals: allowsRefusals)
    }

    func run(_ context: BenchContext, log: String, allowsRefusals: Bool = false) async throws -> Result {
        let accountsFile = log + ".accounts"
        try Data(accounts.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: accountsFile))
        let digits = String(UInt32.random(in: 0 ... .max), radix: 16)
        let output = try await Child.run(
            [
                try Program.find("wrk"), "-t\(Self.threads)", "-c\(connections)", "-d\(seconds)s", "--timeout", "10s",
                "-s",
                context.options.projectFolder + "/Benchmarks/pixel.lua", "http://127.0.0.1:\(port)",
            ],
            environment: [
                "BENCH_CORPUS": context.corpus.path, "BENCH_ACCOUNTS": accountsFile,
                "BENCH_EVENTS": String(eventsPerRequest), "BENCH_DELAY_MS": String(delayMillis),
                "BENCH_RUN": String(repeating: "0", count: 8 - digits.count) + digits,
            ], log: log, limit: .seconds(seconds + 60))
        guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("RESULT ") }) else {
            throw BenchError("wrk printed no result:\n\(output)")
        }
        let result = try JSONDecoder().decode(Result.self, from: Data(line.dropFirst("RESULT ".count).utf8))
        guard allowsRefusals || result.refused + result.failed == 0 else {
            throw BenchError("\(result.refused) requests were refused and \(result.failed) failed")
        }
        return result
    }
}

/// Finds programs where Debian puts them.
enum Program {
    static func find(_ name: String) throws -> String {
        let folders = ["/usr/bin/", "/usr/sbin/", "/usr/local/bin/"]
        guard let found = folders.map({ $0 + name }).first(where: FileManager.default.isExecutableFile) else {
            throw BenchError("\(name) is not installed; run `make setup`")
        }
        return found
    }
}
