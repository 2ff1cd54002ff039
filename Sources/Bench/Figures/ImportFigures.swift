internal import AsyncHTTPClient
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Postgres
internal import ShopifyStandIn

/// A shop's whole history by a bulk file, from installation to the last recorded order: its speed and its memory.
struct ImportFigures {
    let rig: Rig

    private static let roles = ["drain", "api", "projector"]
    /// The reactors are where the projector is.
    private static let importer = "projector"
    private static let clientID = "bench-client"
    private static let publicAddress = "https://bench.example"
    private static let memoryGoal = 200.0
    private static let megabyte = 1_048_576.0
    private static let waitMax = Duration.seconds(3600)
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))

    /// Orders that the stand-in makes itself, and how often they are in the file: 30,000 and 1,000,000 orders.
    private var template: (orders: Int, copies: Int) { rig.options.isQuick ? (30_000, 1) : (25_000, 40) }
    /// A million orders level out by themselves.
    private var samples: Int { rig.options.isQuick ? rig.options.samples : 1 }

    func take() async throws -> [Figure] {
        let standIn = try makeStandIn()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await standIn.run() }
            defer { group.cancelAll() }
            let address = await standIn.address()
            return try await take(standIn, address)
        }
    }

    private struct Sample {
        let rate: Double
        let jqRate: Double
        let peakMegabytes: Double
        var parts: [String: Double]
    }

    private func take(_ standIn: StandIn, _ address: String) async throws -> [Figure] {
        rig.context.say("\(FigureID.importRate.rawValue): the file")
        let file = try await makeFile(standIn, address)
        let load = try await MachineLoad.now()
        var taken: [Sample] = []
        for number in 1...samples {
            rig.context.say("\(FigureID.importRate.rawValue): \(file.orders) orders")
            taken.append(try await sample("history-\(number).myshopify.com", file, standIn, address))
        }
        return figures(taken, file, load)
    }

    private func figures(_ samples: [Sample], _ file: HistoryFile, _ load: MachineLoad) -> [Figure] {
        let note = """
            \(file.orders) orders, \(file.bytes >> 20) MB; drain, api and projector in processes of their own; \
            Shopify's limits do not count; parts: microseconds of CPU an order by process
            """
        var figures = [
            Figure(
                .importRate, unit: "x jq", goal: nil, samples: samples.map { $0.rate / $0.jqRate },
                ceiling: Ceiling(
                    what: "jq -c . reads the same file", value: samples.map(\.jqRate).median, unit: "orders/s"),
                parts: samples.map(\.parts), load: load, note: note),
            Figure(
                .importMemory, unit: "MB", goal: Self.memoryGoal, lowerIsBetter: true,
                samples: samples.map(\.peakMegabytes), load: load,
                note: "the most that was ever resident of the process that imports and projects"),
        ]
        // Left out where the drain's own figure could not be taken.
        if let drainRate = rig.context.taken.first(where: { $0.figure == .drain })?.parts["rate"] {
            figures.append(
                Figure(
                    .importDrain, unit: "x drain", goal: nil, samples: samples.map { $0.rate / drainRate },
                    ceiling: Ceiling(what: "rows/s of the drain in this run", value: drainRate, unit: "rows/s"),
                    parts: samples.map(\.parts), load: load, note: "an order is an event; \(note)"))
        }
        return figures
    }

    // MARK: The measured import

    private func sample(
        _ shop: String, _ file: HistoryFile, _ standIn: StandIn, _ address: String
    ) async throws -> Sample {
        let jqRate = Double(file.orders) / (try await file.read(byJQ: rig.newLog()))
        try await start(address)
        try await install(shop, standIn, file.stored)
        try await awaitUntil(Self.waitMax, "the start of the import") {
            let state = try await state(of: shop)
            return state != nil && state?.step != "asked"
        }
        let meter = rig.meter(Self.roles, redis: true, postgres: true)
        let standInBefore = ProcessUsage.ownCPUMicros()
        let start = ContinuousClock.now
        let refused = try await awaitImport(shop, orders: file.orders)
        let seconds = (ContinuousClock.now - start).seconds
        let orders = Double(file.orders)
        var parts = meter.micros().mapValues { $0 / orders }
        parts["bench"] = (ProcessUsage.ownCPUMicros() - standInBefore) / orders
        parts["rate"] = orders / seconds
        parts["jq_rate"] = jqRate
        parts["bytes"] = Double(file.bytes) / orders
        parts["refused"] = refused
        let peak = ProcessUsage.peakResidentBytes(of: rig.processID(Self.importer)) / Self.megabyte
        try await stop()
        return Sample(rate: orders / seconds, jqRate: jqRate, peakMegabytes: peak, parts: parts)
    }

    private func start(_ address: String) async throws {
        let environment = [
            "SHOPIFY_API_KEY": Self.clientID, "SHOPIFY_APP_URL": Self.publicAddress, "SHOPIFY_ADMIN_BASE_URL": address,
        ]
        for role in Self.roles { try await rig.start(role, with: environment) }
    }

    /// The next sample meets stores that have nothing left to do.
    private func stop() async throws {
        try await awaitUntil(Self.waitMax, every: .milliseconds(200), "projecting") { try await rig.isProjected() }
        for role in Self.roles { await rig.stop(role) }
    }

    /// As a merchant does: agrees at Shopify and comes back. All else the reactors do by themselves.
    private func install(_ shop: String, _ standIn: StandIn, _ orders: StoredBulkFile? = nil) async throws {
        // One for each resource, in whatever order they are asked for.
        for _ in 0..<4 { standIn.plan(shop, Self.plan(orders)) }
        let api = "http://127.0.0.1:\(rig.port("api"))"
        let authorize = try await redirect("\(api)/api/auth/shopify?shop=\(shop)")
        let callback = try await redirect(authorize)
        guard callback.hasPrefix(Self.publicAddress) else { throw BenchError("Shopify leads to \(callback)") }
        _ = try await redirect(api + callback.dropFirst(Self.publicAddress.count))
    }

    /// Done at the first look.
    private static func plan(_ orders: StoredBulkFile?) -> BulkPlan {
        var plan = BulkPlan()
        plan.storedOrders = orders
        plan.polls = 0
        return plan
    }

    private func redirect(_ url: String) async throws -> String {
        let answer = try await Self.client.execute(HTTPClientRequest(url: url), timeout: .seconds(60))
        guard let location = answer.headers.first(name: "Location") else {
            let text = String(buffer: try await answer.body.collect(upTo: 1 << 20))
            throw BenchError("\(url) answers \(answer.status.code): \(text)")
        }
        return location
    }

    // MARK: Progress

    private struct State {
        let step: String
        let recorded: Int
        let refused: Int
    }

    /// Nil before Shopify was asked.
    private func state(of shop: String) async throws -> State? {
        try await rig.postgres.run { connection in
            try connection.query(
                """
                select i.state, i.recorded, i.refused from shopify.import i join registry.shop s on s.id = i.shop_id
                where s.domain = $1 and i.resource = 'orders'
                """, [.text(shop)]
            ).first.map { State(step: $0.text(0), recorded: Int($0.int64(1)), refused: Int($0.int64(2))) }
        }
    }

    /// Returns how many orders were refused.
    private func awaitImport(_ shop: String, orders: Int) async throws -> Double {
        var state: State?
        try await awaitUntil(Self.waitMax, every: .milliseconds(50), "the import") {
            state = try await self.state(of: shop)
            guard state?.step != "failed" else { throw BenchError("the import has failed") }
            return state?.step == "finished"
        }
        let (recorded, refused) = (state?.recorded ?? 0, state?.refused ?? 0)
        guard recorded + refused == orders else {
            throw BenchError("\(recorded) orders of \(orders) were imported, \(refused) refused")
        }
        return Double(refused)
    }
}

extension HistoryFile {
    fileprivate var stored: StoredBulkFile { StoredBulkFile(path: path, orders: orders, lines: lines, bytes: bytes) }
}

extension ImportFigures {
    private func makeStandIn() throws -> StandIn {
        var configuration = StandInConfiguration(
            clientID: Self.clientID, clientSecret: Rig.appSecret,
            nowMillis: { Int64(Date().timeIntervalSince1970 * 1000) })
        let schema = rig.options.projectFolder + "/Tests/Fixtures/admin-2026-07-subset.graphql"
        configuration.schema = try GraphQLSchema(sdl: String(contentsOfFile: schema, encoding: .utf8))
        configuration.catalogue.orders = template.orders
        // The import itself is measured, not the wait for Shopify's permission.
        configuration.costMax = 1e9
        configuration.costRestored = 1e9
        // It is cancelled at the end, which its server takes for an error.
        return StandIn(configuration, logger: Logger(label: "footfall.bench.shopify") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Multiplies the file that the stand-in sends at an import before those that are measured.
    private func makeFile(_ standIn: StandIn, _ address: String) async throws -> HistoryFile {
        let shop = "template.myshopify.com"
        try await start(address)
        try await install(shop, standIn)
        _ = try await awaitImport(shop, orders: template.orders)
        try await stop()
        let base = standIn.address(of: "")
        for request in standIn.requests where request.target.contains("/files/") {
            let bytes = try await download(base + request.target.dropFirst())
            guard String(decoding: bytes.prefix(100), as: UTF8.self).contains(#"\/Order\/"#) else { continue }
            return try HistoryFile(
                copies: template.copies, of: bytes, orders: template.orders, path: rig.folder + "/orders.jsonl")
        }
        throw BenchError("no bulk file of orders was read")
    }

    private func download(_ url: String) async throws -> [UInt8] {
        let answer = try await Self.client.execute(HTTPClientRequest(url: url), timeout: .seconds(600))
        var bytes: [UInt8] = []
        for try await piece in answer.body { bytes += piece.readableBytesView }
        return bytes
    }
}
