internal import Foundation

/// Takes the figures, one group of stores after the other, and ends every process it started.
package struct BenchSuite: Sendable {
    private let options: BenchOptions
    /// Told what is being done, a line at a time.
    private let say: @Sendable (String) -> Void

    /// Starts nothing yet.
    package init(_ options: BenchOptions, say: @escaping @Sendable (String) -> Void) {
        self.options = options
        self.say = say
    }

    /// A figure that fails is left out and said; the others go on. Cancellation ends all.
    package func run() async throws -> BenchReport {
        var report = BenchReport(machine: Machine.describe())
        let folder = FileManager.default.temporaryDirectory.appending(path: "footfall-bench-\(getpid())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a leftover folder harms nobody
        say("recording shoppers")
        let corpus = try await Corpus.record(into: folder + "/corpus.txt")
        var context = BenchContext(options: options, folder: folder, corpus: corpus, say: say)
        for group in Self.groups where options.wants(group.ids) {
            do {
                let figures = try await Rig.run(context) { try await group.take($0) }
                context.taken += figures
                report.figures += figures.filter { options.only.contains($0.figure) }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                say("\(group.ids.map(\.rawValue).joined(separator: ", ")): \(error)")
                report.failures.append("\(group.ids.map(\.rawValue).joined(separator: ", ")): \(error)")
            }
        }
        return report
    }

    /// Figures that are taken on the same stores, one after the other.
    private struct Group {
        let ids: [FigureID]
        let take: @Sendable (Rig) async throws -> [Figure]
    }

    private static let groups = [
        Group(ids: [.acceptSingle64, .acceptSingle512]) { try await AcceptFigures(rig: $0).take() },
        Group(ids: [.wholeWay]) { try await WholeWayFigure(rig: $0).take() },
        // The import is held against the drain.
        Group(ids: [.drain, .projection, .rebuild, .bytesPerEvent, .importDrain]) {
            try await LogFigures(rig: $0).take()
        },
        Group(ids: [.freshnessP50, .freshnessP99, .memoryIdle, .memoryTop, .memoryConnections]) {
            try await LiveFigures(rig: $0).take()
        },
        Group(ids: [.querySeries, .queryBreakdown]) { try await QueryFigures(rig: $0).take() },
        Group(ids: [.growthLog]) { try await GrowthFigures(rig: $0).takeLog() },
        Group(ids: [.growthShops]) { try await GrowthFigures(rig: $0).takeShops() },
        Group(ids: [.growthErasure]) { try await ErasureFigure(rig: $0).take() },
        Group(ids: [.sealingCheckout]) { try await SealingFigure(rig: $0).take() },
        Group(ids: [.importRate, .importDrain, .importMemory]) { try await ImportFigures(rig: $0).take() },
    ]
}

extension BenchOptions {
    fileprivate func wants(_ ids: [FigureID]) -> Bool { !only.isDisjoint(with: ids) }
}

/// What every group of figures shares.
struct BenchContext: Sendable {
    let options: BenchOptions
    let folder: String
    var corpus: Corpus
    let say: @Sendable (String) -> Void
    /// What was measured before, wanted or not.
    var taken: [Figure] = []
}
