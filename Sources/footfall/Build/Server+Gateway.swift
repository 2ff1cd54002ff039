internal import EventModel
internal import Foundation
internal import Gateway
internal import Logging
internal import Postgres
internal import Privacy
internal import ReadModels
internal import Redis
internal import Registry
internal import ServiceLifecycle
internal import Shopify
internal import StreamBuffer

extension Server {
    /// The registry's copy, with a look-up of its own for shops that are newer than the copy.
    static func directory(_ settings: Settings, _ vault: Vault) -> TenantDirectory {
        let lookups = PostgresSession(settings.postgres("lookup"), label: "footfall.lookup")
        return TenantDirectory { key in
            // Away: the caller answers "unknown", and the keeper tries again.
            let shop = try? await lookups.run { connection in
                switch key {
                case .account(let id): try ShopRegistry.find(accountID: id, on: connection)
                case .domain(let domain): try ShopRegistry.find(domain: domain, on: connection)
                case .id(let id): try ShopRegistry.find(id: id, on: connection)
                }
            }
            return shop.flatMap { $0 }.flatMap { try? Tenant($0, vault: vault) }  // the keeper logs keys that fail
        }
    }

    private static func countries(_ path: String) throws -> CountryDatabase {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("FOOTFALL_COUNTRY_FILE names \(path), which cannot be read.")
        }
        do {
            return try CountryDatabase(Array(data))
        } catch {
            throw CommandFailure("\(path) is no MaxMind country database: \(error)")
        }
    }

    static func ranges(_ texts: [String], _ name: String) throws -> [AddressRange] {
        try texts.map { text in
            guard let range = AddressRange(text) else {
                throw CommandFailure("\(name): \(text) is no address or CIDR.")
            }
            return range
        }
    }

    /// A question is a search or two of some milliseconds.
    private static let chatPoolSize = 2

    /// Shopify gives a webhook up after 5 s. An event may wait through another's attempt, then through its own, and then
    /// for the log: two of these leave that two seconds. A sync of a busy disk takes some hundred milliseconds.
    private static let bufferTimeoutMillis = 1500

    /// Where events become durable: Redis first, the log where Redis is away, or hangs.
    func liveSink() -> LiveSink {
        var redis = settings.redis
        redis.timeoutMillis = Self.bufferTimeoutMillis
        return LiveSink(
            buffer: StreamAppender(redis, lanes: lanes, logger: Logger(label: "footfall.buffer")),
            log: DirectLog(settings.postgres("append"), logger: Logger(label: "footfall.append")))
    }

    /// The gateway's bounds, by what is set and what the system gives.
    private func limits() -> GatewayLimits {
        var limits = GatewayLimits()
        limits.connectionsMax = min(limits.connectionsMax, DescriptorLimit.connections(of: DescriptorLimit.raise()))
        if let rate = settings.shopRate { limits.shopRate = rate }
        if let rate = settings.addressRate {
            limits.addressRate = rate
            limits.limitsLoopback = true
        }
        return limits
    }

    /// What keeps clients to HTTP in a process that takes no events.
    func closedGateway() -> Gateway {
        var configuration = GatewayConfiguration(limits: limits())
        configuration.takesEvents = false
        return Gateway(configuration: configuration, parts: .init(tenants: copies.tenants, pipelines: catalog))
    }

    /// The way in: salts, the gateway itself, and its flusher.
    func gatewayServices(
        _ sink: LiveSink, _ shopify: ShopifySide
    ) throws -> (gateway: Gateway, services: [any Service]) {
        let salts = SaltBox()
        var configuration = GatewayConfiguration(
            clientSecrets: settings.apiSecrets.map { Array($0.utf8) },
            trustedProxies: try Self.ranges(settings.trustedProxies, "FOOTFALL_TRUSTED_PROXIES"), limits: limits())
        configuration.proxyAllowlist = try Self.ranges(settings.proxyAllowlist, "FOOTFALL_PROXY_ALLOWLIST")
        configuration.countries = try settings.countryFile.map(Self.countries)
        let limiter = LocalRateLimiter(seed: .random(in: .min ... .max), isShared: true)
        let chat = LiveChatDesk(
            engine: ProductSearch(pool: PostgresPool(settings.postgres("chat"), size: Self.chatPoolSize)),
            tenants: copies.tenants, draftOrders: shopify.app?.reactors.draftOrders)
        let gateway = Gateway(
            configuration: configuration,
            parts: Gateway.Parts(
                tenants: copies.tenants, pipelines: catalog, dictionaries: dictionaries, keyring: keyring, salts: salts,
                limiter: limiter, chat: chat,
                agents: agents))
        return (
            gateway,
            [
                RateReconciler(
                    limiter: limiter, redis: settings.redis, secret: sessionSecret,
                    logger: Logger(label: "footfall.rates")),
                SaltKeeper(
                    box: salts, postgres: settings.postgres("salts"), copies: copies, vault: vault,
                    recorder: shopify.recorder, logger: logger),
                GroupCommitter(
                    gateway: gateway, sink: sink, eventLoopGroup: group,
                    executor: sink.buffer.executor),
            ]
        )
    }
}
