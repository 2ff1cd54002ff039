internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Postgres
internal import ShopifyStandIn

/// What forgetting a person costs as the log grows: persons with the same events, in a small log and in a large one.
struct ErasureFigure {
    let rig: Rig

    private static let goal = 1.3
    private static let roles = "gateway,drain,projector,api"
    /// Persons of a sample, forgotten one after the other.
    private static let personsPerSample = 2
    /// Below this the log is filled slowly, to end near the wanted size.
    private static let burstEvents = 60_000
    private static let burstSeconds = 5
    /// A session that has gone idle reports what it has read after ten seconds (PGSTAT_IDLE_INTERVAL of PostgreSQL).
    private static let reportSeconds = 11.0
    private static let erasureMax = Duration.seconds(300)
    private static let askInterval = Duration.milliseconds(100)
    private static let answerMax = 1 << 20

    private var logSizes: [Int] {
        let sizes = rig.options.isQuick ? [10_000, 150_000] : [10_000, 1_000_000]
        return rig.options.includesLargeLog ? sizes + [10_000_000] : sizes
    }
    private var base: String { "http://127.0.0.1:\(rig.port(Self.roles))" }

    private struct Cost {
        let size: Int
        var blocks: [Double] = []
        var seconds: [Double] = []
        var parts: [String: Double] = [:]
    }

    func take() async throws -> [Figure] {
        let shop = try await rig.addShop()
        let key = try await rig.makeKey("privacy:execute")
        // Its reads would count as an erasure's.
        try await rig.postgres.run { connection in
            try connection.execute("alter system set autovacuum = off")
            try connection.execute("select pg_reload_conf()")
        }
        try await rig.start(Self.roles)
        let load = try await MachineLoad.now()
        var costs: [Cost] = []
        for size in logSizes {
            rig.context.say("\(FigureID.growthErasure.rawValue): \(size) events")
            try await fill(to: size, shop)
            costs.append(try await measure(size, shop, key, firstPerson: costs.count * 1000 + 1))
        }
        return [figure(costs, load)]
    }

    /// The worst of the larger logs by the smallest.
    private func figure(_ costs: [Cost], _ load: MachineLoad) -> Figure {
        let smallest = costs.first?.blocks.median ?? 0
        let worst = costs.dropFirst().max { $0.blocks.median < $1.blocks.median }?.blocks ?? []
        let parts = costs.map { cost in
            cost.parts.merging(["blocks_\(cost.size)": cost.blocks.median, "seconds_\(cost.size)": cost.seconds.median])
            { $1 }
        }
        return Figure(
            .growthErasure, unit: "x smallest", goal: Self.goal, lowerIsBetter: true,
            samples: worst.map { $0 / smallest },
            ceiling: Ceiling(
                what: "an erasure in a log of \(logSizes[0]) events", value: smallest, unit: "blocks/erasure"),
            parts: parts, load: load,
            note: """
                blocks the database has read or found in its buffers, all processes, less what they read while nobody \
                is erased; seconds from the request to the receipt; parts by events in the log
                """)
    }

    private func fill(to size: Int, _ shop: Rig.Shop) async throws {
        let growth = GrowthFigures(rig: rig, gateway: Self.roles)
        while true {
            let missing = size - (try await rig.receivedByLog())
            guard missing > 0 else { return }
            let isBurst = missing > Self.burstEvents
            _ = try await growth.send(
                seconds: isBurst ? Self.burstSeconds : max(1, missing / Int(GrowthFigures.warmRate)),
                [shop.account_id], eventsPerSecond: isBurst ? nil : GrowthFigures.warmRate)
        }
    }

    // MARK: One size

    private func measure(_ size: Int, _ shop: Rig.Shop, _ key: String, firstPerson: Int) async throws -> Cost {
        // One more is forgotten first, unmeasured: it meets cold caches.
        let persons = (0...rig.options.samples * Self.personsPerSample).map {
            BenchPerson(number: firstPerson + $0)
        }
        let before = try await rig.receivedByLog()
        for person in persons { try await plant(person, shop) }
        let now = try await rig.awaitLog(before + persons.count * BenchPerson.events)
        try await awaitUntil(.seconds(600), every: .milliseconds(100), "projecting") { try await rig.isProjected() }
        try await rig.postgres.run { try $0.execute("vacuum analyze") }
        try await erase(persons[0], shop, key)
        var cost = Cost(size: size)
        let idle = try await idleBlocksPerSecond()
        for sample in 0..<rig.options.samples {
            let group = persons.dropFirst(1 + sample * Self.personsPerSample).prefix(Self.personsPerSample)
            let (blocks, seconds) = try await measure(Array(group), shop, key)
            cost.blocks.append((blocks.count - blocks.seconds * idle) / Double(group.count))
            cost.seconds += seconds
        }
        cost.parts = [
            "events_\(size)": Double(now), "idle_blocks_per_s_\(size)": idle,
            "events_each": Double(now - before) / Double(persons.count),
        ]
        return cost
    }

    private func measure(
        _ persons: [BenchPerson], _ shop: Rig.Shop, _ key: String
    ) async throws -> (blocks: (count: Double, seconds: Double), seconds: [Double]) {
        let before = try await blocks()
        let start = ContinuousClock.now
        var seconds: [Double] = []
        for person in persons {
            let asked = ContinuousClock.now
            try await erase(person, shop, key)
            seconds.append((ContinuousClock.now - asked).seconds)
        }
        try await Task.sleep(for: .seconds(Self.reportSeconds))
        return ((try await blocks() - before, (ContinuousClock.now - start).seconds), seconds)
    }

    private func idleBlocksPerSecond() async throws -> Double {
        try await Task.sleep(for: .seconds(Self.reportSeconds))
        let start = ContinuousClock.now
        let before = try await blocks()
        try await Task.sleep(for: .seconds(Self.reportSeconds))
        return (try await blocks() - before) / (ContinuousClock.now - start).seconds
    }

    /// Blocks that sessions of the database have asked for, as far as they have reported.
    private func blocks() async throws -> Double {
        try await rig.postgres.run {
            try $0.query(
                "select (blks_hit + blks_read)::float8 from pg_stat_database where datname = current_database()"
            )[0].double(0)
        }
    }

    // MARK: Over HTTP

    private func plant(_ person: BenchPerson, _ shop: Rig.Shop) async throws {
        struct Session: Decodable { let sessionId, token: String }
        let signer = ShopifySigner(clientID: "bench", clientSecret: Rig.appSecret)
        for post in person.posts(shop, signer: signer) { _ = try await send(post) }
        let session = try JSONDecoder().decode(Session.self, from: try await send(person.opening(shop)))
        for post in person.leads(session: session.sessionId, token: session.token) { _ = try await send(post) }
    }

    /// Asks for a person to be forgotten and returns when the receipt is there.
    private func erase(_ person: BenchPerson, _ shop: Rig.Shop, _ key: String) async throws {
        struct Request: Decodable { let id, state: String }
        let authorized = [("Authorization", "Bearer \(key)")]
        let ask = BenchPerson.Post(
            path: "/api/privacy/requests", headers: authorized,
            body: #"""
                {"shop":"\#(shop.shop)","kind":"erasure","customer":{"id":\#(person.customer),"email":"\#(person.email)"}}
                """#)
        let id = try JSONDecoder().decode(Request.self, from: try await send(ask)).id
        try await awaitUntil(Self.erasureMax, every: Self.askInterval, "an erasure") {
            let look = BenchPerson.Post(
                path: "/api/privacy/requests/\(id)?shop=\(shop.shop)", headers: authorized, body: "")
            let answer = try await send(look, .GET)
            let state = try JSONDecoder().decode(Request.self, from: answer).state
            guard ["received", "working", "done"].contains(state) else {
                throw BenchError("an erasure is \(state): \(String(decoding: answer, as: UTF8.self))")
            }
            return state == "done"
        }
    }

    private func send(_ post: BenchPerson.Post, _ method: HTTPMethod = .POST) async throws -> Data {
        var request = HTTPClientRequest(url: base + post.path)
        request.method = method
        for (name, value) in post.headers { request.headers.add(name: name, value: value) }
        if method == .POST {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: post.body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let answer = Data(try await response.body.collect(upTo: Self.answerMax).readableBytesView)
        guard (200..<300).contains(response.status.code) else {
            throw BenchError(
                "\(post.path) answered \(response.status.code): \(String(decoding: answer, as: UTF8.self))")
        }
        return answer
    }
}
