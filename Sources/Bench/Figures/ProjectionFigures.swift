internal import EventModel
internal import Foundation
internal import Postgres

/// Live projection and rebuild of all read models over the log that the drain's figure has made.
struct ProjectionFigures {
    let rig: Rig
    let shop: Rig.Shop
    let drainRate: Double

    private static let liveGoal = 0.50
    private static let rebuildGoal = 0.30
    private static let waitMax = Duration.seconds(300)
    /// A projection's first batch loads what it knows of visitors; the clock starts after it.
    private var rowsMax: Position { rig.options.isQuick ? 60_000 : 250_000 }

    func live() async throws -> Figure {
        rig.context.say(FigureID.projection.rawValue)
        let load = try await MachineLoad.now()
        var rates: [Double] = []
        var parts: [[String: Double]] = []
        for _ in 0..<rig.options.samples {
            try await reset()
            let part = try await project()
            rates.append(part["rate"] ?? 0)
            parts.append(part)
        }
        return Figure(
            .projection, unit: "x drain", goal: Self.liveGoal, samples: rates.map { $0 / drainRate },
            ceiling: Ceiling(what: "rows/s of the drain in this run", value: drainRate, unit: "rows/s"), parts: parts,
            load: load, note: "all read models, one lane; parts: microseconds of CPU an event by process")
    }

    /// Forgets all read models; the drain's rows stay.
    private func reset() async throws {
        let drops = Rig.readModels.map { "drop schema if exists \($0) cascade;" }.joined()
        try await rig.postgres.run { try $0.execute(drops + "delete from projection.waiting;") }
        _ = try await rig.command("migrate")
    }

    private func project() async throws -> [String: Double] {
        let head = try await rig.head(shop.lane)
        let target = min(head, rowsMax)
        let cluster = rig.meter([], postgres: true)
        try await rig.start("projector")
        let process = rig.meter(["projector"])
        var first: (position: Position, at: ContinuousClock.Instant)?
        var last: (position: Position, at: ContinuousClock.Instant) = (0, .now)
        try await awaitUntil(Self.waitMax, every: .milliseconds(10), "projecting") {
            let position = try await rig.projected(shop.lane)
            guard position > last.position else { return false }
            last = (position, .now)
            if first == nil { first = last }
            return position >= target
        }
        let usage = cluster.micros().merging(process.micros()) { $1 }
        await rig.stop("projector")
        guard let first, last.position > first.position else { throw BenchError("the log fits into one batch") }
        var parts = usage.mapValues { $0 / Double(last.position) }
        parts["rate"] = Double(last.position - first.position) / (last.at - first.at).seconds
        return parts
    }

    func rebuild() async throws -> Figure {
        rig.context.say(FigureID.rebuild.rawValue)
        try await completeLiveModels()
        let load = try await MachineLoad.now()
        let head = try await rig.head(shop.lane)
        var ratios: [Double] = []
        var parts: [[String: Double]] = []
        for _ in 0..<rig.options.samples {
            let cluster = rig.meter([], postgres: true)
            let start = ContinuousClock.now
            _ = try await rig.command("projections", "rebuild", "all", limit: Self.waitMax)
            let rate = Double(head) / (ContinuousClock.now - start).seconds
            let reading = try await readingRate(head)
            ratios.append(rate / reading)
            parts.append([
                "rate": rate, "reading_rate": reading, "postgres": (cluster.micros()["postgres"] ?? 0) / Double(head),
            ])
        }
        return Figure(
            .rebuild, unit: "x reading", goal: Self.rebuildGoal, samples: ratios,
            ceiling: Ceiling(
                what: "COPY TO of the same rows, one core", value: parts.median("reading_rate"), unit: "rows/s"),
            parts: parts, load: load,
            note: "the command from start to end: rebuild, comparison with the live models, switch")
    }

    /// A rebuild is compared with models at an equal position.
    private func completeLiveModels() async throws {
        let head = try await rig.head(shop.lane)
        try await rig.start("projector")
        try await awaitUntil(Self.waitMax, every: .milliseconds(100), "projecting") {
            try await rig.projected(shop.lane) >= head
        }
        await rig.stop("projector")
    }

    private func readingRate(_ head: Position) async throws -> Double {
        let sql = CopyTwin.copyOut(shop.lane, after: 0, to: head)
        return try await rig.postgres.run { connection in
            let start = ContinuousClock.now
            let rows = try connection.copyOut(sql) { _ in }
            return Double(rows) / (ContinuousClock.now - start).seconds
        }
    }
}
