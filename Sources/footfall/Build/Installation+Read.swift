internal import Endpoints
internal import EventModel
internal import Postgres
internal import Shopify

extension Installation {
    /// What is shown of a pixel's past; the table keeps all.
    private static let pixelChangesMax = 20

    /// How it stands with the app in a shop, from our own tables; `wanted` are the scopes the app asks for.
    static func read(_ shop: ShopID, wanted: [String], on connection: PostgresConnection) throws -> Installation {
        let rows = try connection.query(
            """
            select i.scopes, t.shop_id is not null from shopify.installation i
            left join shopify.token t on t.shop_id = i.shop_id
            where i.shop_id = $1 and i.uninstalled_at is null
            """, [.int4(shop)])
        let granted = rows.first?.textArray(0) ?? []
        return Installation(
            isConnected: rows.first?.bool(1) ?? false, scopes: granted,
            missingScopes: rows.isEmpty ? [] : Scopes(granted).missing(of: Scopes(wanted)),
            webhooks: Webhooks(try WebhookTable.list(shop: shop, on: connection)),
            pixel: try PixelTable.find(shop: shop, on: connection).map(Endpoints.PixelState.init),
            pixelHistory: try PixelTable.history(shop: shop, limit: pixelChangesMax, on: connection).map {
                PixelChange(at: $0.at, action: $0.action, state: Endpoints.PixelState($0.status))
            },
            imports: try ImportTable.list(shop: shop, on: connection).map(ImportProgress.init))
    }
}

extension Installation.Webhooks {
    /// Nil before the first check.
    init?(_ rows: [WebhookTable.Row]) {
        guard !rows.isEmpty else { return nil }
        let failing = rows.filter { $0.subscription == nil }.map(\.topic)
        self.init(wanted: rows.count, registered: rows.count - failing.count, failing: failing)
    }
}

extension Endpoints.PixelState {
    init(_ status: PixelStatus) {
        self.init(
            status: status.state.rawValue, id: status.id, version: Int64(status.version), detail: status.message)
    }
}

extension ImportProgress {
    init(_ status: ImportStatus) {
        self.init(
            resource: status.resource.rawValue, status: status.state.rawValue, count: status.recorded,
            refused: status.refused, total: status.total, startedAt: status.startedAt, finishedAt: status.finishedAt,
            detail: status.message)
    }
}
