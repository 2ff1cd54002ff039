internal import EventModel
internal import Foundation
internal import Postgres

/// What happens to a log by itself: filling it from a full stream, projecting it, rebuilding from it, its size.
struct LogFigures {
    let rig: Rig

    private static let drainGoal = 0.75
    private static let bytesGoal = 0.35
    /// Some 100 MB in Redis; a good part of what the buffer takes.
    private var fillEvents: Int { rig.options.isQuick ? 50_000 : 150_000 }

    func take() async throws -> [Figure] {
        let shop = try await rig.addShop()
        let load = try await MachineLoad.now()
        rig.context.say(FigureID.drain.rawValue)
        var drained: [DrainSample] = []
        for _ in 0..<rig.options.samples { drained.append(try await drain(shop)) }
        var figures = [drainFigure(drained, load)]
        if rig.options.wants(.bytesPerEvent) { figures.append(try await bytes(drained)) }
        let drainRate = drained.map(\.rate).median
        let projections = ProjectionFigures(rig: rig, shop: shop, drainRate: drainRate)
        if rig.options.wants(.projection) { figures.append(try await projections.live()) }
        if rig.options.wants(.rebuild) { figures.append(try await projections.rebuild()) }
        return figures
    }

    private struct DrainSample {
        let rate: Double
        let rawBytes: Double
        let copy: CopyTwin.Outcome
        var parts: [String: Double]
    }

    /// Fills the stream while nobody drains, then drains it: from the first commit to the last.
    private func drain(_ shop: Rig.Shop) async throws -> DrainSample {
        let first = try await rig.head(shop.lane)
        let before = try await rig.receivedByLog()
        let (sent, rawBytes) = try await fill(shop)
        let cluster = rig.meter([], redis: true, postgres: true)
        try await rig.start("drain")
        let process = rig.meter(["drain"])
        let received = Double(try await rig.awaitLog(before + sent) - before)
        var parts = cluster.micros().merging(process.micros()) { $1 }.mapValues { $0 / received }
        await rig.stop("drain")
        let rate = try await rig.commitRate(shop.lane, after: first)
        let copy = try await CopyTwin(rig: rig, lane: shop.lane).copy(after: first)
        parts["rate"] = rate
        parts["events"] = received
        parts["copy"] = copy.cpuMicrosPerRow
        parts["copy_batch_rows"] = copy.rowsPerBatch
        parts["copy_rate"] = copy.rowsPerSecond
        return DrainSample(rate: rate, rawBytes: rawBytes, copy: copy, parts: parts)
    }

    private func fill(_ shop: Rig.Shop) async throws -> (events: Int, bytesPerEvent: Double) {
        try await rig.start("gateway")
        var sent = 0
        var bytes: [Double] = []
        while sent < fillEvents {
            let result = try await Load(
                port: rig.port("gateway"), connections: 32, seconds: 1,
                eventsPerRequest: WholeWayFigure.eventsPerRequest, accounts: [shop.account_id]
            ).run(rig)
            sent += result.requests * WholeWayFigure.eventsPerRequest
            bytes.append(result.bytesPerEvent)
        }
        await rig.stop("gateway")
        return (sent, bytes.median)
    }

    private func drainFigure(_ samples: [DrainSample], _ load: MachineLoad) -> Figure {
        Figure(
            .drain, unit: "x COPY", goal: Self.drainGoal, samples: samples.map { $0.rate / $0.copy.rowsPerSecond },
            ceiling: Ceiling(
                what: "COPY BINARY of the same rows into the same table, transactions of the same size",
                value: samples.map(\.copy.rowsPerSecond).median, unit: "rows/s"), parts: samples.map(\.parts),
            load: load,
            note: "one lane; parts: microseconds of CPU an event by process")
    }

    /// Everything the log takes on disk by everything that was sent.
    private func bytes(_ drained: [DrainSample]) async throws -> Figure {
        let (size, events, side) = try await rig.postgres.run { connection in
            try connection.execute("vacuum analyze log.event")
            let row = try connection.query(
                """
                select (select sum(pg_total_relation_size(inhrelid)) from pg_inherits
                        where inhparent = 'log.event'::regclass)::float8,
                    (select sum(event_count) from log.batch)::float8,
                    (pg_total_relation_size('log.batch') + pg_total_relation_size('log.alias')
                        + pg_total_relation_size('log.quarantine') + pg_total_relation_size('log.kind')
                        + pg_total_relation_size('registry.subject_key'))::float8
                """)[0]
            return (row.double(0), row.double(1), row.double(2))
        }
        let raw = drained.map(\.rawBytes).median
        let stored = (size + side) / events
        return Figure(
            .bytesPerEvent, unit: "x raw JSON", goal: Self.bytesGoal, lowerIsBetter: true, samples: [stored / raw],
            ceiling: Ceiling(what: "the events' JSON as sent", value: raw, unit: "bytes/event"),
            parts: [["stored": stored, "side_tables": side / events]], load: try await MachineLoad.now(),
            note: "a count, not a time: one sample over all events of the drain figure")
    }
}
