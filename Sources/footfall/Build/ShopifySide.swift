internal import AsyncHTTPClient
internal import DataSubjects
internal import EventModel
internal import Foundation
internal import Logging
internal import NIOCore
internal import Postgres
internal import Privacy
internal import Projector
internal import Reactors
internal import Recorder
internal import Redis
internal import Registry
internal import ServiceLifecycle
internal import Shopify
internal import StreamBuffer

/// Everything between the pipeline and Shopify, made once a process.
struct ShopifySide: Sendable {
    /// The app as Shopify knows it; absent where no `SHOPIFY_API_KEY` is set.
    struct App: Sendable {
        let credentials: AppCredentials
        let installations: InstallService
        let reactors: ShopifyReactors
        let announcements: Announcements
        let client: HTTPClient
    }

    /// Tables of shops, tokens and tasks; short statements.
    let pool: PostgresPool
    let shops: ShopDirectory
    let app: App?
    /// Events that Footfall makes itself.
    let recorder: EventRecorder
    /// The privileges of whoever forgets: keys and weeks of the log go, nothing is rewritten.
    let erasurePool: PostgresPool
    private let erasure: ErasureParts

    private static let poolSize = 2

    init(_ server: Server, sink: any EventSink) throws {
        let settings = server.settings
        pool = PostgresPool(settings.postgres("shopify"), size: Self.poolSize)
        recorder = EventRecorder(
            sink: sink, catalog: server.catalog, dictionaries: server.dictionaries, keyring: server.keyring,
            clock: Self.nowMillis)
        shops = ShopDirectory(pool: pool, vault: server.vault, recorder: recorder)
        app = try Self.app(server, pool, recorder, shops)
        erasurePool = PostgresPool(settings.postgres("erasure", statementTimeoutMillis: 0), size: Self.poolSize)
        erasure = ErasureParts(
            pool: erasurePool, vault: server.vault, dictionaries: server.dictionaries, recorder: recorder,
            stores: ErasureStores(
                projections: ProjectionSchemas.names,
                buffer: RedisEventBuffer(settings.redis, streamKey: { StreamKey.events($0) }),
                journal: settings.journal, version: Footfall.version),
            nowMillis: Self.nowMillis)
    }

    /// What reacts to events: all of it for an app; an uninstall ends a tenancy, and persons are forgotten, also where
    /// shops are added by hand.
    var reactors: [any Reactor] {
        let byHand = LifecycleReactor(installations: ManualInstallations(pool: pool), shops: shops)
        return (app?.reactors.all ?? [byHand]) + [PrivacyReactor(erasure)]
    }

    static let nowMillis: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }

    private static func app(
        _ server: Server, _ pool: PostgresPool, _ recorder: EventRecorder, _ shops: ShopDirectory
    ) throws -> App? {
        let settings = server.settings
        let secrets = settings.apiSecrets.map { Secret($0) }
        guard let clientID = settings.shopify.apiKey, let secret = secrets.first,
            let credentials = AppCredentials(
                clientID: clientID, secret: secret, previousSecret: secrets.dropFirst().first)
        else { return nil }
        let address = try address(settings.shopify)
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(server.group), configuration: AdminTransport.clientConfiguration)
        let transport = AdminTransport(client: client)
        let endpoint = TokenEndpoint(transport: transport, address: address, credentials: credentials)
        let tokens = TokenVault(pool: pool, vault: server.vault, endpoint: endpoint)
        let admin = AdminClient(
            transport: transport,
            configuration: AdminConfiguration(address: address, version: settings.shopify.apiVersion), tokens: tokens)
        let announcements = Announcements(pool: pool, vault: server.vault) { events, shop throws(RecorderError) in
            try await recorder.record(events, for: shop)
        }
        let appURL = settings.shopify.appURL ?? settings.ownURL
        let installations = InstallService(
            configuration: InstallConfiguration(
                credentials: credentials, scopes: Scopes(settings.shopify.scopes),
                redirectURI: settings.shopify.redirectURI ?? appURL + "/api/auth/shopify/callback", address: address),
            states: OAuthStates(settings.redis, credentials: credentials), endpoint: endpoint, tokens: tokens,
            admin: admin, announcements: announcements)
        let reactors = ShopifyReactors(
            admin: admin, shops: shops, installations: installations, appURL: appURL,
            folder: FileManager.default.temporaryDirectory.path, nowMillis: nowMillis)
        return App(
            credentials: credentials, installations: installations, reactors: reactors, announcements: announcements,
            client: client)
    }

    private static func address(_ settings: ShopifySettings) throws -> AdminAddress {
        guard let text = settings.adminBaseURL else { return .shopify }
        guard let address = AdminAddress(override: text) else {
            throw CommandFailure("SHOPIFY_ADMIN_BASE_URL must be a loopback address; it is for tests only.")
        }
        return address
    }
}

extension ShopifySide {
    /// What runs all the time: the client's end, announcements, and with the projector's role the reactors.
    func services(_ server: Server) -> [any Service] {
        var services: [any Service] = []
        if let app {
            services.append(ClientKeeper(client: app.client))
            services.append(AnnouncementService(app.announcements, logger: Logger(label: "footfall.shopify")))
        }
        guard server.roles.contains(.projector) else { return services }
        let logger = Logger(label: "footfall.reactors")
        return services + [
            ReactorService(
                lanes: server.lanes, database: server.settings.postgres("reactors"), reactors: reactors,
                dictionaries: server.dictionaries, logger: logger),
            TaskRunner(pool: pool, reactors: reactors, results: shops, logger: logger),
        ]
    }
}

/// Ends the HTTP client when everything that calls by it has ended.
private struct ClientKeeper: Service {
    let client: HTTPClient

    func run() async throws {
        try? await gracefulShutdown()  // cancelled is as good
        try await client.shutdown()
    }
}

/// Tenancies of shops that were added by hand: no tokens, nothing to ask Shopify.
private struct ManualInstallations: InstallationKeeping {
    let pool: PostgresPool

    /// An uninstall from before the shop was added (again) ends nothing.
    func end(_ shop: ShopID, atMillis: Int64) async throws {
        try await pool.run { connection in
            try connection.transaction {
                guard let found = try ShopRegistry.lockInstallation(of: shop, on: connection), found.status == .active,
                    atMillis >= found.installedAtMillis,
                    let registration = try ShopRegistry.find(id: shop, on: connection)
                else { return }
                _ = try ShopRegistry.uninstall(domain: registration.domain, on: connection)
            }
        }
    }

    func change(_ shop: ShopID, scopes: [String], atMillis: Int64) async throws {}
}
