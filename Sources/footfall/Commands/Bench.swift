internal import ArgumentParser
internal import Bench
internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures every figure of the speed table and writes Benchmarks/results.json.",
        discussion: "Needs wrk, nginx and jq. Figures that are not measured stay as they are in the file.")

    @Flag(help: "Fewer events and shorter runs: a look, not a record; the file stays as it is.") var quick = false
    @Option(help: "Figures, separated by commas; all by default.", transform: Self.figures)
    var only: Set<FigureID> = Set(FigureID.allCases)
    @Flag(help: "Also measure growth at 10 million events.") var large = false
    @Option(help: "Another binary to measure, such as one of an earlier commit.") var binary: String?
    @Option(help: "Another file than Benchmarks/results.json.") var output: String?

    func run() async throws {
        let folders = try ProjectFolders.locate()
        LogOutput.install(level: .warning, json: false)
        var options = BenchOptions(
            binary: try binary ?? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            projectFolder: folders.root)
        options.isQuick = quick
        options.only = only
        options.includesLargeLog = large
        let file = output ?? (quick ? nil : folders.root + "/Benchmarks/results.json")
        let run = BenchRun(suite: BenchSuite(options) { Terminal.error("bench: \($0)") }, file: file)
        try await ServiceGroup(
            // Stores and roles are stopped after the run is cancelled.
            configuration: .footfall(
                [run], Logger(label: "footfall.bench"), signals: [.sigterm, .sigint], graceSeconds: 20)
        ).run()
    }

    private static func figures(_ text: String) throws -> Set<FigureID> {
        Set(
            try text.split(separator: ",").map { name in
                guard let figure = FigureID(rawValue: String(name)) else {
                    let all = FigureID.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("\(name) is no figure; figures are \(all).")
                }
                return figure
            })
    }
}

/// The run as a service, so that a signal ends what it has started.
private struct BenchRun: Service {
    let suite: BenchSuite
    let file: String?

    func run() async throws {
        let report = try await cancelWhenGracefulShutdown { try await suite.run() }
        Terminal.print(table: report.table.header, report.table.rows)
        for failure in report.failures { Terminal.error("not measured: \(failure)") }
        guard let file else { return }
        var all = report
        if let earlier = FileManager.default.contents(atPath: file) {
            all.keepOthers(of: try BenchReport(json: earlier))
        }
        try all.json().write(to: URL(fileURLWithPath: file))
    }
}
