internal import EventModel
internal import ReadModels

/// Fills a rebuild's tables from one lane: readers, each on a thread and a connection of its own, open the log's next
/// stretches while a batch is folded and written.
struct LaneFill: Sendable {
    let lane: Lane
    private let dropped: Position
    /// Each with a part of the read models, on a thread and a connection of its own; they take the same batches.
    private let projectors: [LaneProjector]
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
        projectors = Self.parts(of: names).map {
            LaneProjector(lane: lane, names: $0, suffix: suffix, label: "rebuild", configuration)
        }
        let count = max(1, min(Self.readersMax, Int(cores.rounded())))
        readers = (0..<count).map { _ in
            LaneReader(lane: lane, pageBytesMax: BatchLimits.rebuildPageBytes, configuration)
        }
    }

    /// Opening an event costs two to three times what folding and writing it does.
    private static let readersMax = 3

    /// Visits are more work than all other read models together.
    private static func parts(of names: [String]) -> [[String]] {
        let isVisits = { $0 == SessionsProjection.name }
        return [names.filter(isVisits), names.filter { !isVisits($0) }].filter { !$0.isEmpty }
    }

    /// Projects up to `target`; tells how many events each batch had. The first events are read while `tables`, asked for
    /// before the first row is written, makes the tables.
    func advance(
        to target: Position, _ progress: @Sendable (Int) -> Void, tables: @Sendable () async throws -> Void = {}
    ) async throws {
        guard let first = await projectors.first?.next().after, first < target else { return }
        var plan = ReadingPlan(after: first, dropped: dropped, to: target, sizes: sizes)
        try await withThrowingTaskGroup(of: (reader: Int, batch: FactBatch).self) { group in
            func read(_ number: Int) {
                guard let request = plan.request(of: number) else { return }
                group.addTask { [reader = readers[number]] in (number, try await reader.read(request)) }
            }
            readers.indices.forEach(read)
            if first == 0 { try await begin(tables) }
            var ready: [Int: FactBatch] = [:]
            while let number = plan.reader {
                while ready[number] == nil, let next = try await group.next() { ready[next.reader] = next.batch }
                guard var batch = ready.removeValue(forKey: number) else { return }
                batch.through = plan.take(batch)
                read(number)
                try await write(batch)
                progress(Int(batch.through - batch.after))
                try Task.checkCancellation()
            }
        }
    }

    private func begin(_ tables: () async throws -> Void) async throws {
        try await tables()
        for projector in projectors { try await projector.load() }
    }

    private func write(_ batch: FactBatch) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for projector in projectors { group.addTask { _ = try await projector.apply(batch) } }
            try await group.waitForAll()
        }
    }

    func end() async {
        for projector in projectors { await projector.release() }
        for reader in readers { await reader.close() }
    }
}

extension LaneReader {
    fileprivate func read(_ request: ReadingPlan.Request) throws -> FactBatch {
        try read(after: request.after, limit: request.limit, bound: request.bound)
    }
}
