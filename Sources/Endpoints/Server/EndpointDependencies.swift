package import Postgres
package import ReadModels

/// Everything the endpoints need from outside.
package struct EndpointDependencies: Sendable {
    /// Short reads: keys, shops, health.
    package var pool: PostgresPool
    /// Answers of the read models.
    package var engine: QueryEngine
    /// Says when read models have moved on. It is a service of its own and must run.
    package var live: LiveFeed
    /// Opens contact data of leads; without it the data is null.
    package var leadOpener: (any LeadOpener)?
    /// Understands session tokens; without it only API keys open anything.
    package var sessionTokens: (any SessionTokenVerifier)?
    /// Opens personal data of orders and customers; without it the data is null.
    package var recordOpener: (any RecordOpener)?
    /// Installs the app in shops; without it `/api/auth` answers 503.
    package var installer: (any AppInstaller)?
    /// Changes web pixels; without it they cannot be changed here.
    package var pixels: (any PixelDesk)?
    /// Knows how it stands with the app in a shop; without it the page says that this is not known.
    package var installations: (any InstallationDesk)?
    /// Takes requests of data subjects; without it `/api/privacy` answers 503.
    package var privacy: (any PrivacyDesk)?
    /// Counts calls of the API; without it they are not limited.
    package var limiter: (any CallLimiter)?
    /// The app's client id at Shopify, which is public; without it there is no embedded page.
    package var clientID: String?
    /// What `/health/ready` asks beside Postgres and the projections.
    package var healthChecks: [HealthCheck] = []
    /// What `/metrics` shows beside the endpoints' own numbers.
    package var samples: [@Sendable () async -> [MetricSample]] = []
    /// Files of the merchant's page and the chart library beside them, by path.
    package var files: StaticFiles
    /// False in a process without the api role: it shows health and metrics, and no other address is there.
    package var servesData = true
    /// Origins whose pages may call the data side.
    package var allowedOrigins: Set<String> = []
    /// The wall clock, Unix milliseconds.
    package var nowMillis: @Sendable () -> Int64

    /// The parts that have no default.
    package init(
        pool: PostgresPool, engine: QueryEngine, live: LiveFeed, files: StaticFiles = StaticFiles(),
        nowMillis: @escaping @Sendable () -> Int64 = { WallClock.nowMillis() }
    ) {
        self.pool = pool
        self.engine = engine
        self.live = live
        self.files = files
        self.nowMillis = nowMillis
    }
}
