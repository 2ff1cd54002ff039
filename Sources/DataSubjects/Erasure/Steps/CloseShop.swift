internal import EventModel
internal import Postgres
internal import ReadModels
internal import Registry

extension RequestWork {
    /// Shopify sends `shop/redact` 48 hours after the app was removed (shopify.dev, privacy law compliance).
    private static let redactDelayMillis: Int64 = 48 * 3_600_000

    /// Ends the tenancy for good, unless the app is installed again: nothing may be sealed or sold under this row any
    /// more, and the domain is free for another one. One transaction under the row's lock, which an installation takes
    /// too.
    func closeShop() async throws -> RequestFlow.StepEnd {
        let (request, now) = (request, parts.nowMillis())
        return try await parts.pool.run { connection in
            try connection.transaction {
                let shop = request.shop.shop
                guard let installed = try ShopRegistry.lockInstallation(of: shop, on: connection) else {
                    throw SubjectFailure("there is no such shop", isPermanent: true)
                }
                if installed.status == .redacted { return .done }
                if let refusal = Self.refusal(request, installed) { return .refuse(refusal) }
                _ = try connection.query(SQL.destroyTokens, [.int4(shop)])
                _ = try connection.query(SQL.close, [.int4(shop)])
                _ = try connection.query(SQL.revokeKeys, [.int4(shop)])
                let round = ErasureRound(sequence: 1, TracedPerson(), occurredAt: now)
                try RoundTable.insert(round, of: request.id, on: connection)
                return .done
            }
        }
    }

    /// An installation that is younger than what Shopify speaks of stands against it; so does any, where a person asks.
    private static func refusal(
        _ request: SubjectRequest, _ installed: (installedAtMillis: Int64, status: ShopRegistration.Status)
    ) -> String? {
        guard installed.status == .active else { return nil }
        guard request.origin == .webhook else {
            return "the app is installed in the shop; a shop is forgotten after it has removed the app"
        }
        return installed.installedAtMillis > request.askedAt - redactDelayMillis
            ? "the app is installed in the shop, and was not removed before this request by the time that Shopify waits"
            : nil
    }

    private enum SQL {
        static let destroyTokens = "delete from shopify.token where shop_id = $1"
        static let close = """
            update registry.shop set status = 'redacted', domain = 'redacted-' || id || '.invalid',
                account_id = 'redacted-' || id, hosts = '{}', uninstalled_at = coalesce(uninstalled_at, now())
            where id = $1
            """
        static let revokeKeys =
            "update registry.api_key set revoked_at = coalesce(revoked_at, now()) where shop_id = $1"
    }
}
