internal import EventModel
internal import ReadModels

/// Fills a rebuild's tables from one lane.
struct LaneFill: Sendable {
    let lane: Lane
    private let projector: LaneProjector
    private let reader: LaneReader

    init(lane: Lane, names: [String], suffix: String, _ configuration: ProjectorConfiguration) {
        self.lane = lane
        projector = LaneProjector(lane: lane, names: names, suffix: suffix, label: "rebuild", configuration)
        reader = LaneReader(lane: lane, configuration)
    }

    /// Reads how far the tables are.
    func begin() async throws { try await projector.load() }

    /// Projects up to `target`, reading ahead while a batch is written; tells how many events each batch had.
    func advance(to target: Position, _ progress: @Sendable (Int) -> Void) async throws {
        let first = await projector.next().after
        guard first < target else { return }
        var batch = try await read(first, from: first, to: target)
        while batch.through > batch.after {
            let after = batch.through
            async let ahead = read(after, from: first, to: target)
            try await projector.apply(batch)
            progress(Int(batch.through - batch.after))
            batch = try await ahead
            try Task.checkCancellation()
        }
    }

    private func read(_ after: Position, from first: Position, to target: Position) async throws -> FactBatch {
        guard after < target else { return FactBatch(lane: lane, after: after, through: after, events: []) }
        return try await reader.read(after: after, limit: Self.size(done: after - first, left: target - after))
    }

    /// Batches grow from a small one and shrink to a small one: while the first is read nothing is written, and while
    /// the last is written nothing is read.
    static func size(done: Int64, left: Int64) -> Int {
        let wanted = max(BatchLimits.rebuildLeast, min(Int(done), Int(left / 2), BatchLimits.rebuild))
        return min(wanted, Int(left))
    }

    func end() async {
        await projector.release()
        await reader.close()
    }
}
