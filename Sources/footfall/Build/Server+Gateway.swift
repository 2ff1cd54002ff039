internal import Gateway
internal import Logging
internal import Postgres
internal import Privacy
internal import Registry
internal import ServiceLifecycle
internal import StreamBuffer

extension Server {
    /// The registry's copy, with a look-up of its own for shops that are newer than the copy.
    static func directory(_ settings: Settings, _ vault: Vault) -> TenantDirectory {
        let lookups = PostgresSession(settings.postgres("lookup"), label: "footfall.lookup")
        return TenantDirectory { key in
            let shop = try? await lookups.run { connection in  // away: the caller answers "unknown", the keeper tries again
                switch key {
                case .account(let id): try ShopRegistry.find(accountID: id, on: connection)
                case .domain(let domain): try ShopRegistry.find(domain: domain, on: connection)
                case .id(let id): try ShopRegistry.find(id: id, on: connection)
                }
            }
            return shop.flatMap { $0 }.flatMap { try? Tenant($0, vault: vault) }  // the keeper logs keys that fail
        }
    }

    /// The way in: salts, the gateway itself, and its flusher.
    func gatewayServices() -> (gateway: Gateway, services: [any Service]) {
        let salts = SaltBox()
        let gateway = Gateway(
            configuration: GatewayConfiguration(
                clientSecrets: settings.apiSecrets.map { Array($0.utf8) },
                trustedProxies: settings.trustedProxies.compactMap { AddressRange($0) }),
            parts: Gateway.Parts(
                tenants: copies.tenants, pipelines: catalog, dictionaries: dictionaries, salts: salts))
        let sink = LiveSink(
            buffer: StreamAppender(settings.redis, lanes: lanes, logger: Logger(label: "footfall.buffer")),
            log: DirectLog(settings.postgres("append"), logger: Logger(label: "footfall.append")))
        return (
            gateway,
            [
                SaltKeeper(box: salts, postgres: settings.postgres("salts"), logger: logger),
                GroupCommitter(gateway: gateway, sink: sink, eventLoopGroup: group),
            ]
        )
    }
}
