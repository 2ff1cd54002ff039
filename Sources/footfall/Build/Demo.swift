internal import AsyncHTTPClient
internal import Endpoints
internal import EventModel
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Privacy
internal import Registry
internal import Simulator

/// The demo: a shop, a key, thirty days of traffic sent through the real gateway, then traffic that happens now.
struct Demo {
    let settings: Settings
    let vault: Vault
    let folder: LocalFolder
    /// Where the shop installs the app; without it the shop is added by hand.
    let shopify: DemoShopify?

    private static let domain = "demo.myshopify.com"
    private static let storefront = "demo.example"
    static let days = 30
    private static let visitsPerDay = 200.0
    private static let liveVisitsPerMinute = 12.0
    private static let seed: UInt64 = 2026

    init(_ server: Server, _ folder: LocalFolder, _ shopify: DemoShopify?) {
        self.shopify = shopify
        settings = server.settings
        vault = server.vault
        self.folder = folder
    }

    /// Returns when it is cancelled. A run that was cut short is sent again; what had arrived counts once.
    func run(base: String) async throws {
        let shop = try await shop(base: base)
        let key = try await key(shop)
        LogOutput.say("Footfall listens on \(base)")
        let traffic = Traffic(shop, secret: settings.apiSecrets[0], forwarded: true)
        let client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        defer { client.shutdown { _ in } }
        if !FileManager.default.fileExists(atPath: historyMark) {
            try await sendHistory(traffic, client, base)
        }
        LogOutput.say("The merchant's page:  \(base)/dashboard/#key=\(key)")
        LogOutput.say("Ctrl-C stops everything; the next start goes on from \(folder.path).")
        let plan = traffic.plan(seed: .random(in: 1 ... .max), endingAt: Self.now())
        let live = try LiveSimulation(
            plan: plan, options: traffic.options, transport: HTTPTransport(client: client, baseURL: base),
            logger: Logger(label: "footfall.demo"), now: Self.now)
        await live.run(visitsPerMinute: Self.liveVisitsPerMinute)
    }

    /// Made when the history has arrived whole; holds its true totals.
    private var historyMark: String { folder.path + "/demo-\(shopify == nil ? "" : "store-")totals.json" }

    /// The end of the simulated days, kept, so that a second try makes the same events.
    static func until(_ folder: LocalFolder) throws -> Int64 {
        let mark = URL(fileURLWithPath: folder.path + "/demo-until")
        return Int64(try String(contentsOf: mark, encoding: .utf8, or: "\(now())")) ?? now()
    }

    private func sendHistory(_ traffic: Traffic, _ client: HTTPClient, _ base: String) async throws {
        var plan = traffic.plan(seed: Self.seed, endingAt: try Self.until(folder))
        plan.days = Self.days
        plan.sessionsPerDay = Self.visitsPerDay
        let progress = ProgressLine("thirty days of a demo shop")
        let totals = try await Simulation.run(
            plan, traffic.options, client: client, baseURL: base, progress: { progress.show($0, of: $1) })
        try JSONEncoder().encode(totals).write(to: URL(fileURLWithPath: historyMark))
    }

    private func shop(base: String) async throws -> ShopRegistration {
        let vault = self.vault
        if let shopify {
            try await shopify.install(base: base)
            let found = try await settings.withPostgres {
                try ShopRegistry.find(domain: DemoShopify.domain, on: $0)
            }
            guard let found else { throw CommandFailure("The demo shop is not there after its installation.") }
            LogOutput.say(
                "Installed in \(found.domain); see: footfall shop show \(found.domain) --data \(folder.path)")
            return found
        }
        return try await settings.withPostgres { connection in
            if let shop = try ShopRegistry.find(domain: Self.domain, on: connection) { return shop }
            return try ShopRegistry.add(
                domain: Self.domain, timezone: "Europe/Berlin", currency: "EUR", hosts: [Self.storefront],
                wrappedKey: vault.wrap(Vault.newKey()), on: connection)
        }
    }

    /// A key of this demo, made once and kept beside the other secrets of the folder.
    private func key(_ shop: ShopRegistration) async throws -> String {
        let file = folder.path + (shopify == nil ? "/demo-key" : "/demo-store-key")
        if let data = FileManager.default.contents(atPath: file) { return String(decoding: data, as: UTF8.self) }
        let made = try await settings.withPostgres { connection in
            try APIKeys.create(
                domain: shop.domain, scopes: [.dataRead, .analyticsRead, .leadsRead], label: "demo", on: connection)
        }
        _ = FileManager.default.createFile(
            atPath: file, contents: Data(made.key.utf8), attributes: [.posixPermissions: 0o600])
        return made.key
    }

    private static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}

extension String {
    /// The file's text, which is made with `text` where there is no file.
    fileprivate init(contentsOf file: URL, encoding: String.Encoding, or text: @autoclosure () -> String) throws {
        if !FileManager.default.fileExists(atPath: file.path) {
            try Data(text().utf8).write(to: file)
        }
        try self.init(contentsOf: file, encoding: encoding)
    }
}
