/// Accepting one event a request, answered after fsync: gateway and Redis against nginx answering 204.
struct AcceptFigures {
    let rig: Rig

    private static let goal = 0.40

    func take() async throws -> [Figure] {
        let shop = try await rig.addShop()
        let nginx = try await Nginx.start(rig)
        do {
            try await rig.start("gateway")
            var figures: [Figure] = []
            for (id, connections) in [(FigureID.acceptSingle64, 64), (.acceptSingle512, 512)]
            where rig.options.wants(id) {
                rig.context.say(id.rawValue)
                figures.append(try await take(id, connections, nginx, shop))
            }
            await nginx.child.stop()
            return figures
        } catch {
            await nginx.child.stop()
            throw error
        }
    }

    private func take(_ id: FigureID, _ connections: Int, _ nginx: Nginx, _ shop: Rig.Shop) async throws -> Figure {
        let load = try await MachineLoad.now()
        var ratios: [Double] = []
        var parts: [[String: Double]] = []
        // The first run warms caches, connections and the branch predictor; it does not count.
        for sample in 0...rig.options.samples {
            let ceiling = try await nginxMicros(nginx, connections, shop)
            let part = try await accept(connections, shop)
            guard sample > 0 else { continue }
            let own = (part["gateway"] ?? 0) + (part["redis"] ?? 0)
            ratios.append(ceiling / own)
            parts.append(part.merging(["nginx": ceiling]) { $1 })
        }
        return Figure(
            id, unit: "x nginx", goal: Self.goal, samples: ratios,
            ceiling: Ceiling(
                what: "nginx answers 204 to the same POST; \(connections) connections", value: parts.median("nginx"),
                unit: "us CPU/request"), parts: parts, load: load,
            note: "parts: microseconds of CPU an event; rate: events answered a second")
    }

    private func nginxMicros(_ nginx: Nginx, _ connections: Int, _ shop: Rig.Shop) async throws -> Double {
        let meter = CPUMeter(["nginx": nginx.child.id])
        let result = try await Load(
            port: nginx.port, connections: connections, seconds: rig.options.runSeconds, accounts: [shop.account_id]
        ).run(rig)
        return (meter.micros()["nginx"] ?? 0) / Double(result.requests)
    }

    private func accept(_ connections: Int, _ shop: Rig.Shop) async throws -> [String: Double] {
        // Nobody drains here: a full buffer would refuse.
        try rig.emptyBuffer()
        let meter = rig.meter(["gateway"], redis: true)
        let result = try await Load(
            port: rig.port("gateway"), connections: connections, seconds: rig.options.runSeconds,
            accounts: [shop.account_id]
        ).run(rig)
        var parts = meter.micros().mapValues { $0 / Double(result.requests) }
        parts["rate"] = result.requestsPerSecond
        parts["p50_ms"] = result.p50Micros / 1000
        parts["p99_ms"] = result.p99Micros / 1000
        parts["bytes"] = result.bytesPerEvent
        return parts
    }
}

extension [[String: Double]] {
    func median(_ name: String) -> Double { compactMap { $0[name] }.median }
}
