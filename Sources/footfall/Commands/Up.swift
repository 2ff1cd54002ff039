internal import ArgumentParser
internal import Configuration
internal import Foundation
internal import Logging
internal import PrivateStores
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

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
        let named = data ?? ProcessInfo.processInfo.environment["FOOTFALL_DATA"]
        let folder = try LocalFolder(path: named ?? LocalFolder.defaultPath, create: true)
        let config = try await ConfigurationSources.reader(flags: [:], extra: [:])
        // Quiet by default: what a person reads here is the address and the progress bar.
        let level = config.string(forKey: "log.level").flatMap { Logger.Level(rawValue: $0) } ?? .warning
        LogOutput.install(level: level, json: config.string(forKey: "log.format") == "json")
        let secrets = try folder.secrets(under: config)
        let machine = LocalMachine(
            folder: folder, secrets: secrets, demo: demo, withShopify: withShopify, port: port)
        try await ServiceGroup(
            // The stores need their own time after the roles have ended; see `LocalMachine`.
            configuration: .footfall(
                [machine], Logger(label: "footfall"), signals: [.sigterm, .sigint], graceSeconds: 10)
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
        let addresses = try await folder.stores.start()
        let asked = Mutex<ContinuousClock.Instant?>(nil)
        do {
            try await withGracefulShutdownHandler {
                try await start(addresses)
            } onGracefulShutdown: {
                asked.withLock { $0 = .now }
            }
            await folder.stores.stop(since: asked.withLock(\.self) ?? .now)
        } catch {
            await folder.stores.stop(since: asked.withLock(\.self) ?? .now)
            throw error
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
            stores: folder.stores, room: DiskRoom(folder: folder.path), logger: server.logger)
        services.insert(keeper, at: 0)
        services.append(
            Welcome(listening: listening, settings: settings, demo: demo ? Demo(server, folder, shopify) : nil))
        try await ServiceGroup(configuration: .footfall(services, server.logger)).run()
    }
}

/// Starts a private store again that has died or hangs; meanwhile the roles go on with the other one.
private struct StoreKeeper: Service {
    let stores: PrivateStores
    let room: DiskRoom
    let logger: Logger

    private static let interval: Duration = .milliseconds(500)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)  // cancelled: the loop sees it
                for store in PrivateStores.Store.allCases where !Task.isCancelled { await look(after: store) }
            }
        }
    }
}

extension StoreKeeper {
    private func look(after store: PrivateStores.Store) async {
        do {
            guard try await stores.revive(store) else { return }
            logger.error(
                room.isFull
                    ? "the disk is full; a private store is started again until there is room"
                    : "a private store did not answer and is started again", metadata: ["store": "\(store)"])
        } catch {
            logger.error(
                "a private store does not start; trying again", metadata: ["store": "\(store)", "error": "\(error)"])
        }
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
                Terminal.print("Footfall listens on \(base)  (dashboard: \(base)/dashboard/, reference: \(base)/docs)")
                Terminal.print(
                    "Add a shop: footfall shop add NAME.myshopify.com --timezone Europe/Berlin --currency EUR")
            }
        }
        try? await gracefulShutdown()  // cancelled is as good
    }
}
