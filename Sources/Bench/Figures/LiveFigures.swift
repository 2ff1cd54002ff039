internal import Foundation

/// All roles in one process, as on a small machine: its memory, and how fresh its answers are.
struct LiveFigures {
    let rig: Rig

    private static let roles = "gateway,drain,projector,api"
    private static let freshnessGoalMillis = 250.0
    private static let connectionsMax = 10_000
    private static let megabyte = 1_048_576.0
    /// Of memory: allocations of the start have settled.
    private static let settle = Duration.seconds(3)
    private var probes: Int { rig.options.isQuick ? 40 : 150 }

    func take() async throws -> [Figure] {
        let hasDescriptors = Ports.raiseDescriptorLimit(to: UInt(Self.connectionsMax) + 2000)
        let shop = try await rig.addShop()
        let probe = try await rig.addShop("probe")
        let key = try await rig.makeKey()
        var figures: [Figure] = []
        if rig.options.wants(.memoryIdle, .memoryConnections) {
            guard hasDescriptors else { throw BenchError("the system allows too few open files (ulimit -n)") }
            figures += try await idleMemory()
        }
        try await rig.start(Self.roles)
        let (top, topMemory) = try await topRate(shop)
        if rig.options.wants(.memoryTop) { figures.append(topMemory) }
        if rig.options.wants(.freshnessP50, .freshnessP99) {
            figures += try await freshness(shop, probe, key: key, eventsPerSecond: top / 2)
        }
        return figures
    }

    /// A process that has just started, without and with idle connections.
    private func idleMemory() async throws -> [Figure] {
        rig.context.say(FigureID.memoryIdle.rawValue)
        let load = try await MachineLoad.now()
        var idle: [Double] = []
        var connected: [Double] = []
        for _ in 0..<rig.options.samples {
            try await rig.start(Self.roles)
            try await Task.sleep(for: Self.settle)
            idle.append(resident())
            connected.append(try await residentWithConnections())
            await rig.stop(Self.roles)
        }
        return [
            memory(.memoryIdle, goal: 60, idle, load),
            memory(.memoryConnections, goal: 250, connected, load),
        ]
    }

    private func residentWithConnections() async throws -> Double {
        let port = rig.port(Self.roles)
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        for _ in 0..<Self.connectionsMax {
            guard let descriptor = Ports.open(port) else { throw BenchError("a connection was refused") }
            descriptors.append(descriptor)
        }
        try await Task.sleep(for: Self.settle)
        return resident()
    }

    private func resident() -> Double { ProcessUsage.residentBytes(of: rig.processID(Self.roles)) / Self.megabyte }

    private func memory(_ id: FigureID, goal: Double, _ samples: [Double], _ load: MachineLoad) -> Figure {
        Figure(
            id, unit: "MB", goal: goal, lowerIsBetter: true, samples: samples, load: load,
            note: "resident, all roles in one process")
    }

    /// Events accepted a second, one a request, with drain and projector beside; and the most memory meanwhile.
    private func topRate(_ shop: Rig.Shop) async throws -> (rate: Double, memory: Figure) {
        rig.context.say(FigureID.memoryTop.rawValue)
        let load = try await MachineLoad.now()
        var rates: [Double] = []
        var peaks: [Double] = []
        for _ in 0..<rig.options.samples {
            let before = try await rig.receivedByLog()
            let generator = Load(
                port: rig.port(Self.roles), connections: 256, seconds: rig.options.runSeconds,
                accounts: [shop.account_id])
            let (id, seconds) = (rig.processID(Self.roles), generator.seconds)
            async let watched = Self.peak(of: id, seconds: seconds)
            let result = try await generator.run(rig, allowsRefusals: true)
            peaks.append(await watched / Self.megabyte)
            let accepted = result.requests - result.refused
            rates.append(Double(accepted) * 1_000_000 / result.micros)
            _ = try await rig.awaitLog(before + accepted)
        }
        return (rates.median, memory(.memoryTop, goal: 250, peaks, load))
    }

    private static func peak(of id: Int32, seconds: Int) async -> Double {
        var peak = 0.0
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            peak = max(peak, ProcessUsage.residentBytes(of: id))
            // Cancelled: the clock ends the loop.
            try? await Task.sleep(for: .milliseconds(50))
        }
        return peak
    }

    /// A probe's way from POST to the query endpoint, again and again, while the other shop's events stream in.
    private func freshness(
        _ shop: Rig.Shop, _ probe: Rig.Shop, key: String, eventsPerSecond: Double
    ) async throws -> [Figure] {
        rig.context.say(FigureID.freshnessP99.rawValue)
        try await awaitReadModels(shop.lane)
        let load = try await MachineLoad.now()
        let connections = 64
        let delay = max(1, Int(Double(connections) / eventsPerSecond * 1000))
        var prober = FreshnessProbe(base: "http://127.0.0.1:\(rig.port(Self.roles))", shop: probe, key: key)
        var medians: [Double] = []
        var tails: [Double] = []
        var parts: [[String: Double]] = []
        for _ in 0..<rig.options.samples {
            let generator = Load(
                port: rig.port(Self.roles), connections: connections, seconds: FreshnessProbe.seconds(for: probes),
                delayMillis: delay, accounts: [shop.account_id])
            let (context, log) = (rig.context, rig.newLog())
            async let background = Self.loaded(generator, context, log)
            let millis = try await prober.run(probes)
            parts.append(["rate": try await background, "probes": Double(millis.count)])
            medians.append(millis.median)
            tails.append(millis.quantile(0.99))
            try await awaitReadModels(shop.lane)
        }
        let note = "POST to visible in /api/analytics/query, at half of \(Int(eventsPerSecond * 2)) events/s"
        return [(FigureID.freshnessP50, medians), (.freshnessP99, tails)].map { id, samples in
            Figure(
                id, unit: "ms", goal: id == .freshnessP99 ? Self.freshnessGoalMillis : nil, lowerIsBetter: true,
                samples: samples, parts: parts, load: load, note: note)
        }
    }

    private static func loaded(_ load: Load, _ context: BenchContext, _ log: String) async throws -> Double {
        try await load.run(context, log: log).requestsPerSecond
    }

    private func awaitReadModels(_ lane: Int16) async throws {
        let head = try await rig.head(lane)
        try await awaitUntil(.seconds(240), every: .milliseconds(100), "projecting") {
            try await rig.projected(lane) >= head
        }
    }
}
