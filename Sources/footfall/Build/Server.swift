internal import DataSubjects
internal import Drain
internal import EventModel
internal import Gateway
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Pipelines
internal import Postgres
internal import Privacy
internal import Projector
internal import ReadModels
internal import Registry
internal import ServiceLifecycle
internal import Shopify

/// The composition root: makes every client and service that the asked roles need, in the order of the flow.
struct Server {
    let settings: Settings
    let folders: ProjectFolders
    let roles: Set<Role>
    let logger = Logger(label: "footfall")
    let catalog: PipelineCatalog
    let dictionaries: PayloadDictionaries
    let vault: Vault
    let lanes: [Lane]
    let copies: RegistryCopies
    let group = MultiThreadedEventLoopGroup.singleton
    let metrics = ProcessMetrics()
    /// Everything that this process seals is sealed through it, so that one fence holds.
    let keyring = SubjectKeyring()
    let fences: FenceFollower
    /// One for the gateway and the projector: what it has read takes some megabytes.
    let agents: AgentClassifier
    let sessionSecret: [UInt8]

    /// Reads everything that must be there before the first request: pipelines, dictionaries, the registry.
    init(_ settings: Settings, _ folders: ProjectFolders, roles: Set<Role>) async throws {
        guard let sessionSecret = settings.sessionSecret else {
            throw CommandFailure(
                "SESSION_SECRET_KEY is not set. Set it in the environment, in .env or in footfall.yaml.")
        }
        self.sessionSecret = sessionSecret
        for name in Settings.misspelt {
            logger.warning("a setting that means nothing here", metadata: ["name": "\(name)"])
        }
        let settings = try await settings.withAccessRoles()
        self.settings = settings
        agents = Self.agents(settings)
        self.folders = folders
        self.roles = roles
        do {
            catalog = try PipelineCatalog.load(folder: folders.pipelines)
        } catch {
            throw CommandFailure("pipelines: \(error)")
        }
        dictionaries = try Dictionaries.load(folders)
        let vault = try Vault(currentKey: settings.appSecretKey, previousKey: settings.previousAppSecretKey)
        try await settings.checkRestoration()
        let (lanes, shops) = try await settings.withPostgres {
            (try ShopRegistry.lanes(on: $0), try ShopRegistry.list(on: $0))
        }
        try RegistryCopies.check(shops, vault)
        self.vault = vault
        self.lanes = lanes
        copies = RegistryCopies(tenants: Self.directory(settings, vault), vault: vault, logger: logger)
        copies.take(shops)
        let label = roles.map(\.rawValue).sorted().joined(separator: ",")
        fences = FenceFollower(
            database: settings.postgres("fences"), keyring: keyring, label: label, logger: logger)
        // What is erased already is never sealed again, from the first event on.
        try await fences.begin()
    }

    /// The services in dependency order: what is listed later uses what is listed before, and ends first.
    func services(onListening: @escaping @Sendable (Int) async -> Void) throws -> [any Service] {
        var services: [any Service] = [
            RegistryKeeper(copies: copies, postgres: settings.postgres("registry"), logger: logger), fences,
        ]
        let sink = liveSink()
        services.append(
            AnswerKeeper(buffer: sink.buffer, postgres: settings.postgres("answered"), logger: logger))
        let shopify = try ShopifySide(self, sink: sink)
        if roles.contains(.drain) { services.append(drain(shopify)) }
        if roles.contains(.projector) { services.append(projector()) }
        services += shopify.services(self)
        var gateway: Gateway?
        if roles.contains(.gateway) {
            let built = try gatewayServices(sink, shopify)
            gateway = built.gateway
            services += built.services
        }
        let api = try endpoints(gateway: gateway, shopify: shopify)
        services += api.services
        services.append(
            EdgeServer(
                gateway: gateway ?? closedGateway(), responder: api.responder, host: settings.host, port: settings.port,
                group: group, logger: logger, onListening: onListening))
        // Ends before the listener, which waits for open streams. Where none are opened it would be woken by each batch.
        if roles.contains(.api) { services.append(api.streams) }
        return services
    }

    private func drain(_ shopify: ShopifySide) -> any Service {
        let retention = RetentionSetup.configuration(
            settings.postgres("retention", statementTimeoutMillis: 0), settings.retention, catalog,
            pool: shopify.erasurePool, recorder: shopify.recorder, vault: vault)
        return DrainService(
            DrainConfiguration(
                postgres: settings.postgres("drain"), redis: settings.redis, lanes: lanes, retention: retention),
            metrics: metrics.drain, logger: Logger(label: "footfall.drain"))
    }

    private func projector() -> any Service {
        let copies = self.copies
        return ProjectorService(
            Self.projectorConfiguration(settings, folders, catalog, dictionaries, lanes, agents: agents) {
                copies.ownHosts($0)
            },
            metrics: metrics.projector, logger: Logger(label: "footfall.projector"))
    }

    /// Also what `footfall projections` works with.
    static func projectorConfiguration(
        _ settings: Settings, _ folders: ProjectFolders, _ catalog: PipelineCatalog,
        _ dictionaries: PayloadDictionaries, _ lanes: [Lane], agents: AgentClassifier? = nil,
        ownHosts: @escaping @Sendable (ShopID) -> Set<String>
    ) -> ProjectorConfiguration {
        let rules = FactRules(catalog: catalog, agents: agents ?? Self.agents(settings), ownHosts: ownHosts)
        return ProjectorConfiguration(
            database: settings.postgres("projector"), lanes: lanes, dictionaries: dictionaries, rules: rules,
            schemaFolder: folders.projections)
    }

    private static func agents(_ settings: Settings) -> AgentClassifier {
        AgentClassifier(path: settings.userAgentExpressions ?? AgentClassifier.debianPath)
    }
}
