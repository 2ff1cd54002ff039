internal import EventModel
internal import ReadModels

/// Fills a rebuild's tables from one lane: readers, each on a thread and a connection of its own, open the log's next
/// stretches while a batch is folded and written.
struct LaneFill: Sendable {
    let lane: Lane
    private let dropped: Position
    private let projector: LaneProjector
    private let readers: [LaneReader]
    private let sizes: ClosedRange<Int>

    /// `cores` are this lane's part of the machine; retention has kept nothing up to `dropped`; readers open stretches of
    /// `sizes`.
    init(
        lane: Lane, names: [String], suffix: String, cores: Double, dropped: Position,
        sizes: ClosedRange<Int> = BatchLimits.rebuild, _ configuration: ProjectorConfiguration
    ) {
        self.lane = lane
        self.dropped = dropped
        self.sizes = sizes
        projector = LaneProjector(lane: lane, names: names, suffix: suffix, label: "rebuild", configuration)
        let count = max(1, min(Self.readersMax, Int(cores.rounded())))
        readers = (0..<count).map { _ in
            LaneReader(lane: lane, pageBytesMax: BatchLimits.rebuildPageBytes, configuration)
        }
    }

    /// Opening an event costs two to three times what folding and writing it does, which only one thread of a lane does.
    private static let readersMax = 3

    /// Reads how far the tables are.
    func begin() async throws { try await projector.load() }

    /// Projects up to `target`; tells how many events each batch had.
    func advance(to target: Position, _ progress: @Sendable (Int) -> Void) async throws {
        var plan = ReadingPlan(after: await projector.next().after, dropped: dropped, to: target, sizes: sizes)
        try await withThrowingTaskGroup(of: (reader: Int, batch: FactBatch).self) { group in
            var read: [Int: FactBatch] = [:]
            var idle = Array(readers.indices)
            while true {
                for number in idle {
                    guard let request = plan.request(of: number) else { continue }
                    group.addTask { [reader = readers[number]] in
                        (number, try await reader.read(request))
                    }
                }
                guard let number = plan.reader else { return }
                while read[number] == nil, let next = try await group.next() { read[next.reader] = next.batch }
                guard var batch = read.removeValue(forKey: number) else { return }
                batch.through = plan.take(batch)
                idle = [number]
                try await projector.apply(batch)
                progress(Int(batch.through - batch.after))
                try Task.checkCancellation()
            }
        }
    }

    func end() async {
        await projector.release()
        for reader in readers { await reader.close() }
    }
}

extension LaneReader {
    fileprivate func read(_ request: ReadingPlan.Request) throws -> FactBatch {
        try read(after: request.after, limit: request.limit, bound: request.bound)
    }
}
