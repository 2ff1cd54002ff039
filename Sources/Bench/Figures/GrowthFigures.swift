internal import Foundation
internal import Postgres

/// What an event costs all processes together, as the log and the number of shops grow.
struct GrowthFigures {
    let rig: Rig
    /// The process that takes the events.
    var gateway = "gateway"

    private static let goal = 1.3
    private static let roles = ["gateway", "drain", "projector"]
    private static let eventsPerRequest = 20
    private static let connections = 32
    private var measureSeconds: Int { rig.options.isQuick ? 3 : 6 }

    /// Sizes of the log at which to measure.
    private var logSizes: [Int] {
        let sizes = rig.options.isQuick ? [1000, 150_000] : [1000, 1_000_000]
        return rig.options.includesLargeLog ? sizes + [10_000_000] : sizes
    }

    func takeLog() async throws -> [Figure] {
        let shop = try await rig.addShop()
        try await startRoles()
        // The processes are warm before the first size counts.
        _ = try await send(seconds: 1, [shop.account_id], eventsPerSecond: Self.warmRate)
        var parts: [String: Double] = [:]
        var costs: [[Double]] = []
        let load = try await MachineLoad.now()
        for size in logSizes {
            rig.context.say("growth_log: \(size) events")
            try await fill(to: size, shop)
            let samples = try await measure([shop.account_id])
            costs.append(samples)
            parts["cost_\(size)"] = samples.median
        }
        return [figure(.growthLog, costs, parts, load, "events in the log")]
    }

    func takeShops() async throws -> [Figure] {
        let first = try await rig.addShop()
        try await startRoles()
        _ = try await send(seconds: 1, [first.account_id], eventsPerSecond: Self.warmRate)
        var parts: [String: Double] = [:]
        var costs: [[Double]] = []
        let load = try await MachineLoad.now()
        for count in rig.options.isQuick ? [1, 100, 2000] : [1, 100, 10_000] {
            rig.context.say("growth_shops: \(count) shops")
            let accounts = try await makeShops(count, like: first)
            // Keys of new shops are opened at their first event.
            _ = try await send(seconds: 2, accounts, eventsPerSecond: Self.warmRate)
            let samples = try await measure(accounts)
            costs.append(samples)
            parts["cost_\(count)"] = samples.median
        }
        // A lane's batches are the smaller, and so the dearer, the more lanes share the rate.
        return [figure(.growthShops, costs, parts, load, "shops", "; one shop is in one lane, more are in all")]
    }

    /// Slow enough for every machine that figures are taken on: cost is measured, not speed.
    static let warmRate = 4000.0

    private func startRoles() async throws {
        for role in Self.roles { try await rig.start(role) }
    }

    /// The last size's samples by the first size's median.
    private func figure(
        _ id: FigureID, _ costs: [[Double]], _ parts: [String: Double], _ load: MachineLoad, _ what: String,
        _ remark: String = ""
    ) -> Figure {
        let smallest = costs.first?.median ?? 0
        let worst = costs.dropFirst().max { $0.median < $1.median } ?? []
        return Figure(
            id, unit: "x smallest", goal: Self.goal, lowerIsBetter: true, samples: worst.map { $0 / smallest },
            ceiling: Ceiling(what: "the smallest number of \(what)", value: smallest, unit: "us CPU/event"),
            parts: [parts], load: load,
            note: "gateway, Redis, drain, Postgres and projector; 20 events a request; parts: us by \(what)" + remark)
    }

    private func fill(to size: Int, _ shop: Rig.Shop) async throws {
        while try await rig.receivedByLog() < size {
            _ = try await send(seconds: 5, [shop.account_id], eventsPerSecond: nil)
        }
    }

    private func measure(_ accounts: [String]) async throws -> [Double] {
        var samples: [Double] = []
        for _ in 0..<rig.options.samples {
            let meter = rig.meter(Self.roles, redis: true, postgres: true)
            let events = try await send(seconds: measureSeconds, accounts, eventsPerSecond: Self.warmRate)
            samples.append(meter.micros().values.reduce(0, +) / Double(events))
        }
        return samples
    }

    /// Sends, waits until everything is projected, and returns how many events that were.
    func send(seconds: Int, _ accounts: [String], eventsPerSecond: Double?) async throws -> Int {
        let before = try await rig.receivedByLog()
        let delay = eventsPerSecond.map { Int(Double(Self.connections * Self.eventsPerRequest) / $0 * 1000) } ?? 0
        let result = try await Load(
            port: rig.port(gateway), connections: Self.connections, seconds: seconds,
            eventsPerRequest: Self.eventsPerRequest, delayMillis: delay, accounts: accounts
        ).run(rig, allowsRefusals: eventsPerSecond == nil)
        let received = try await rig.awaitLog(before + (result.requests - result.refused) * Self.eventsPerRequest)
        try await awaitUntil(.seconds(600), every: .milliseconds(100), "projecting") {
            try await rig.isProjected()
        }
        return received - before
    }

    /// Shops as `shop add` makes them, in all lanes; they share the first one's key, which costs the same to open.
    private func makeShops(_ count: Int, like first: Rig.Shop) async throws -> [String] {
        try await rig.postgres.run { connection in
            _ = try connection.query(
                """
                insert into registry.shop (domain, lane, account_id, timezone, currency, hosts, wrapped_key)
                select 'shop-' || n || '.myshopify.com', n % 4, md5('shop ' || n), timezone, currency, hosts, wrapped_key
                from registry.shop cross join generate_series(2, $2) n where id = $1
                on conflict do nothing
                """, [.int4(first.id), .int8(Int64(count))])
            return try connection.query(
                "select account_id from registry.shop order by id limit $1", [.int8(Int64(count))]
            ).map { $0.text(0) }
        }
    }
}
