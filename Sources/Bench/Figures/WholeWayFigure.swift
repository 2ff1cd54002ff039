/// HTTP to committed log, 20 events a request, at a rate the log keeps up with: CPU of all processes on the way against
/// the CPU of COPY of the same rows into the same table.
struct WholeWayFigure {
    let rig: Rig

    static let eventsPerRequest = 20
    private static let goal = 0.30
    private static let connections = 64
    /// While the log keeps up, the drain's transactions are small; the ceiling need not wait for anybody.
    private static let copyRowsMin = 1000.0
    /// Of what the drain took in while the gateway was at work beside it.
    private static let shareOfDrain = 0.7
    /// The longer the run, the more of it is the steady state; two checkpoints of the machine's noise fit in.
    private var seconds: Int { rig.options.isQuick ? 4 : 10 }

    func take() async throws -> [Figure] {
        rig.context.say(FigureID.wholeWay.rawValue)
        let shop = try await rig.addShop()
        try await rig.start("gateway")
        try await rig.start("drain")
        let rate = try await sustainableRate(shop)
        let load = try await MachineLoad.now()
        var ratios: [Double] = []
        var parts: [[String: Double]] = []
        for _ in 0..<rig.options.samples {
            let first = try await rig.head(shop.lane)
            var part = try await way(shop, eventsPerSecond: rate)
            let copy = try await CopyTwin(rig: rig, lane: shop.lane).copy(
                after: first, rowsPerBatchMin: Self.copyRowsMin)
            let own = ["gateway", "redis", "drain", "postgres"].reduce(0) { $0 + (part[$1] ?? 0) }
            ratios.append(copy.cpuMicrosPerRow / own)
            part["copy"] = copy.cpuMicrosPerRow
            part["copy_batch_rows"] = copy.rowsPerBatch
            parts.append(part)
        }
        return [
            Figure(
                .wholeWay, unit: "x COPY", goal: Self.goal, samples: ratios,
                ceiling: Ceiling(
                    what: "COPY BINARY of the same rows into the same table: cluster and client",
                    value: parts.median("copy"), unit: "us CPU/row"), parts: parts, load: load,
                note: "parts: microseconds of CPU an event by process; the cluster with WAL writer and checkpointer")
        ]
    }

    /// Events a second that leave the log room: a part of what it commits when pressed, with the gateway beside it.
    private func sustainableRate(_ shop: Rig.Shop) async throws -> Double {
        let first = try await rig.head(shop.lane)
        let before = try await rig.receivedByLog()
        let result = try await Load(
            port: rig.port("gateway"), connections: 16, seconds: 3, eventsPerRequest: Self.eventsPerRequest,
            accounts: [shop.account_id]
        ).run(rig)
        _ = try await rig.awaitLog(before + result.requests * Self.eventsPerRequest)
        return try await rig.commitRate(shop.lane, after: first) * Self.shareOfDrain
    }

    private func way(_ shop: Rig.Shop, eventsPerSecond: Double) async throws -> [String: Double] {
        let before = try await rig.receivedByLog()
        let meter = rig.meter(["gateway", "drain"], redis: true, postgres: true)
        let delay = Double(Self.connections * Self.eventsPerRequest) / eventsPerSecond * 1000
        let result = try await Load(
            port: rig.port("gateway"), connections: Self.connections, seconds: seconds,
            eventsPerRequest: Self.eventsPerRequest, delayMillis: max(1, Int(delay)), accounts: [shop.account_id]
        ).run(rig)
        let sent = result.requests * Self.eventsPerRequest
        let backlog = before + sent - (try await rig.receivedByLog())
        let events = Double(try await rig.awaitLog(before + sent) - before)
        var parts = meter.micros().mapValues { $0 / events }
        let rate = Double(sent) * 1_000_000 / result.micros
        parts["rate"] = rate
        parts["backlog_ms_at_end"] = max(0, Double(backlog) / rate * 1000)
        parts["p50_ms"] = result.p50Micros / 1000
        parts["p99_ms"] = result.p99Micros / 1000
        return parts
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
