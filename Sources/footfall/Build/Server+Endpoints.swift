internal import DataSubjects
internal import Endpoints
internal import Foundation
internal import Gateway
internal import HummingbirdCore
internal import Logging
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Redis
internal import ServiceLifecycle
internal import Shopify

extension Server {
    /// Where Debian's libjs-chart.js keeps the chart library.
    private static let chartLibrary = "/usr/share/javascript/chart.js/chart.min.js"
    /// Short reads; analytics have workers of their own.
    private static let poolSize = 2
    /// As patient as with the projections: a restart of Postgres is shorter.
    private static let drainLagSecondsMax = 60.0
    /// Somebody waits for the answer, and a probe gives up after a few seconds: a Redis that hangs is away. A sync of a
    /// busy disk takes some hundred milliseconds.
    private static let redisTimeoutMillis = 1000

    /// The way out: everything that is not ingest. A process without the api role shows health and metrics through it
    /// all the same. `streams` runs as long as its answers may: it ends them.
    func endpoints(gateway: Gateway?, shopify: ShopifySide) throws -> (
        responder: HTTPChannelHandler.Responder, services: [any Service], streams: any Service
    ) {
        let pool = PostgresPool(settings.postgres("api"), size: Self.poolSize)
        let live = LiveFeed(settings.postgres("live"))
        let watermark = PipelineWatermark(redis: promptRedis, postgres: settings.postgres("watermark"))
        let engine = QueryEngine(
            settings.postgres("analytics"), dictionaries: dictionaries,
            drainedUntil: { await watermark.drainedUntil(nowMillis: $0) })
        var dependencies = EndpointDependencies(pool: pool, engine: engine, live: live, files: try files())
        dependencies.servesData = roles.contains(.api)
        let sealed = SealedEvents(
            reader: SubjectReader(pool: pool, vault: vault, dictionaries: dictionaries),
            audit: OpeningAudit(pool: pool, recorder: shopify.recorder, nowMillis: ShopifySide.nowMillis))
        dependencies.leadOpener = LiveLeadOpener(events: sealed)
        dependencies.recordOpener = LiveRecordOpener(events: sealed)
        dependencies.installations = LiveInstallationDesk(pool: pool, scopes: settings.shopify.scopes)
        if let app = shopify.app {
            dependencies.installer = LiveInstaller(app: app)
            dependencies.pixels = LivePixelDesk(app: app)
            dependencies.sessionTokens = LiveSessionTokens(credentials: app.credentials)
            dependencies.clientID = app.credentials.clientID
        }
        dependencies.healthChecks = [redisCheck(), drainCheck(watermark)]
        if let room = settings.dataFolder.map({ DiskRoom(data: $0) }) {
            dependencies.healthChecks.append(HealthCheck("disk") { room.health })
        }
        dependencies.allowedOrigins = Set(settings.corsOrigins)
        let calls = LocalRateLimiter(seed: .random(in: .min ... .max), isShared: true)
        dependencies.limiter = LiveCallLimiter(
            limiter: calls,
            origin: ClientOrigin(
                trustedProxies: try Self.ranges(settings.trustedProxies, "FOOTFALL_TRUSTED_PROXIES")))
        let privacy = PrivacySide(
            settings, vault: vault, dictionaries: dictionaries, recorder: shopify.recorder)
        dependencies.privacy = LivePrivacyDesk(side: privacy)
        let metrics = self.metrics
        let fence = keyring.fence
        let watch = StoreWatch(redis: promptRedis, postgres: settings.postgres("books"), lanes: lanes)
        dependencies.samples = [
            { metrics.samples(gateway: gateway) }, { await ShopifySide.samples(pool) }, { await watch.samples() },
            {
                [
                    MetricSample(
                        "footfall_privacy_fenced_events_total", .counter,
                        "Events of erased persons: counted, and kept without what was personal.",
                        value: Double(fence.eventCount))
                ]
            },
        ]
        return (
            endpointResponder(dependencies, logger: Logger(label: "footfall.api")),
            [
                // Calls are counted apart from what is sent: another secret makes other keys in Redis.
                RateReconciler(
                    limiter: calls, redis: settings.redis, secret: Array("api".utf8) + sessionSecret,
                    logger: Logger(label: "footfall.api.rates")),
                ExportKeeper(
                    pool: shopify.erasurePool, logger: Logger(label: "footfall.privacy"),
                    nowMillis: ShopifySide.nowMillis),
            ], live
        )
    }

    private func files() throws -> StaticFiles {
        var files = try StaticFiles(folder: folders.dashboard)
        if FileManager.default.fileExists(atPath: Self.chartLibrary) {
            try files.add("vendor/chart.js", from: Self.chartLibrary)
        } else {
            logger.warning("libjs-chart.js is not installed; the page shows tables instead of charts")
        }
        return files
    }

    /// Fails where what was accepted does not reach the log: the drain is stuck or not running.
    private func drainCheck(_ watermark: PipelineWatermark) -> HealthCheck {
        HealthCheck("drain") {
            let now = WallClock.nowMillis()
            let reading = await watermark.read(nowMillis: now)
            guard reading.isKnown else { return .fail("what waits is not known while the buffer does not answer") }
            let behind = Double(now - reading.drainedUntil) / 1000
            let words = "\(Int(behind)) s behind what was accepted"
            return behind > Self.drainLagSecondsMax ? .fail(words) : .pass(words)
        }
    }

    private var promptRedis: RedisConfiguration {
        var redis = settings.redis
        redis.timeoutMillis = Self.redisTimeoutMillis
        return redis
    }

    private func redisCheck() -> HealthCheck {
        let probe = RedisProbe(promptRedis)
        return HealthCheck("redis") { await probe.health() }
    }
}
