internal import ArgumentParser
internal import Configuration
internal import Foundation
internal import Logging
internal import PrivateStores
internal import ServiceLifecycle
internal import Synchronization

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Everything on this machine: private stores, migrations, all roles; --demo adds a shop with traffic.")
    @Flag(help: "Add a demo shop with 30 days of simulated traffic, then live traffic.") var demo = false
    @Flag(help: "With --demo: the shop installs the app through a stand-in of Shopify on this machine.")
    var withShopify = false
    @Option(help: "The data folder; FOOTFALL_DATA, else .footfall.") var data: String?
    @Option(help: "Port to listen on, on 127.0.0.1 unless FOOTFALL_LISTEN says otherwise; 0 takes a free one.")
    var port: Int?

    func validate() throws {
        try Serve.check(port: port)
        if withShopify, !demo { throw ValidationError("--with-shopify needs --demo.") }
    }

    func run() async throws {
        let config = try await ConfigurationSources.reader(flags: [:], extra: [:])
        // Quiet by default: what a person reads here is the address and the progress bar.
        let level = config.string(forKey: "log.level").flatMap { Logger.Level(rawValue: $0) } ?? .warning
        LogOutput.install(level: level, json: config.string(forKey: "log.format") == "json")
        let folder = try LocalFolder(path: data ?? config.dataFolder ?? LocalFolder.defaultPath, create: true)
        let secrets = try folder.secrets(under: config)
        let machine = LocalMachine(
            folder: folder, secrets: secrets, demo: demo, withShopify: withShopify, port: port)
        let logger = Logger(label: "footfall")
        try await ServiceGroup(
            // The stores need their own time after the roles have ended; see `LocalMachine`.
            configuration: .footfall(
                [machine, StopDeadline(logger: logger, stores: folder.stores)], logger, graceSeconds: 10)
        ).run()
    }
}

/// One machine's Footfall as a service: starts the stores, runs all roles on them, and stops the stores last.
private struct LocalMachine: Service {
    let folder: LocalFolder
    let secrets: [String: String]
    let demo: Bool
    let withShopify: Bool
    let port: Int?

    /// Only this machine reaches the listener, so what it says of addresses is believed.
    private static let loopback = "127.0.0.0/8,::1/128"

    /// Roles and stores share the time that Ctrl-C may take: the stores have what the roles leave of it.
    func run() async throws {
        let asked = Mutex<ContinuousClock.Instant?>(nil)
        do {
            try await withGracefulShutdownHandler {
                let addresses = try await cancelWhenGracefulShutdown { try await folder.stores.start() }
                try await start(addresses)
            } onGracefulShutdown: {
                asked.withLock { $0 = .now }
            }
            await folder.stores.stop(since: asked.withLock(\.self) ?? .now)
        } catch {
            let wasAsked = asked.withLock(\.self)
            await folder.stores.stop(since: wasAsked ?? .now)
            // What did not get ready, or was cut off, for an end that was asked for is no failure.
            guard wasAsked != nil else { throw error }
            Logger(label: "footfall").warning("cut off by the end", metadata: ["error": "\(error)"])
        }
    }

    private func start(_ addresses: StoreAddresses) async throws {
        guard withShopify else { return try await serve(addresses, nil) }
        // The secret of this folder, whatever the environment says: the stand-in is nobody's Shopify.
        let secret = secrets["SHOPIFY_API_SECRET"] ?? ""
        try await DemoShopify.serving(secret: secret, simulatedDays: Demo.days, until: Demo.until(folder)) {
            try await serve(addresses, $0)
        }
    }

    private func serve(_ addresses: StoreAddresses, _ shopify: DemoShopify?) async throws {
        var extra = secrets
        extra["FOOTFALL_TRUSTED_PROXIES"] = Self.loopback
        var flags = folder.flags(addresses)
        if let shopify {
            let app = await shopify.settings()
            flags.merge(app.merging(extra.filter { $0.key == "SHOPIFY_API_SECRET" }) { $1 }) { $1 }
        }
        let config = try await ConfigurationSources.reader(flags: flags, extra: extra)
        var settings = try Settings(config)
        if let port { settings.port = port }
        settings.dataFolder = folder.path
        let folders = try ProjectFolders.locate()
        _ = try await settings.withPostgres { try Schema.bringUpToDate($0, folders) }
        let server = try await Server(settings, folders, roles: Set(Role.allCases))
        let (listening, announce) = AsyncStream.makeStream(of: Int.self)
        var services = try server.services { port in announce.yield(port) }
        let keeper = StoreKeeper(
            stores: folder.stores, room: DiskRoom(data: folder.path), logger: server.logger)
        services.insert(keeper, at: 0)
        services.append(
            Welcome(listening: listening, settings: settings, demo: demo ? Demo(server, folder, shopify) : nil))
        try await ServiceGroup(configuration: .footfall(services, server.logger)).run()
    }
}

/// Says where the page is once it can be opened, and runs the demo's traffic.
private struct Welcome: Service {
    let listening: AsyncStream<Int>
    let settings: Settings
    let demo: Demo?

    func run() async throws {
        for await port in listening.cancelOnGracefulShutdown() {
            let base = "http://\(settings.host == "0.0.0.0" ? "127.0.0.1" : settings.host):\(port)"
            if let demo {
                try? await cancelWhenGracefulShutdown { try await demo.run(base: base) }  // ends by cancellation
            } else {
                LogOutput.say("Footfall listens on \(base)  (dashboard: \(base)/dashboard/, reference: \(base)/docs)")
                LogOutput.say(
                    "Add a shop: footfall shop add NAME.myshopify.com --timezone Europe/Berlin --currency EUR")
            }
        }
        try? await gracefulShutdown()  // cancelled is as good
    }
}
