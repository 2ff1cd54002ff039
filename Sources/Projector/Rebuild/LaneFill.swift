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
        var after = await projector.next().after
        guard after < target else { return }
        var batch = try await read(after, target)
        while batch.through > batch.after {
            let from = batch.through
            async let ahead = read(from, target)
            try await projector.apply(batch)
            progress(Int(batch.through - batch.after))
            after = batch.through
            batch = try await ahead
            try Task.checkCancellation()
        }
    }

    private func read(_ after: Position, _ target: Position) async throws -> FactBatch {
        guard after < target else { return FactBatch(lane: lane, after: after, through: after, events: []) }
        return try await reader.read(after: after, limit: min(BatchLimits.rebuild, Int(target - after)))
    }

    func end() async {
        await projector.release()
        await reader.close()
    }
}
