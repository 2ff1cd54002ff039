internal import EventModel
internal import Postgres

/// The rows of `shopify.installation`.
enum InstallationTable {
    /// An installation that has not ended.
    struct Row: Sendable, Equatable {
        let installID: String
        let scopes: Scopes
    }

    static func find(_ shop: ShopID, on connection: PostgresConnection) throws -> Row? {
        try connection.query(
            """
            select install_id::text, scopes from shopify.installation where shop_id = $1 and uninstalled_at is null
            """, [.int4(shop)]
        ).first.map { Row(installID: $0.text(0), scopes: Scopes($0.textArray(1))) }
    }

    /// Begins an installation and names it.
    static func begin(
        _ shop: ShopID, shopifyID: Int64, scopes: Scopes, nowMillis: Int64, on connection: PostgresConnection
    ) throws -> String {
        try connection.query(
            """
            insert into shopify.installation (shop_id, install_id, shopify_id, scopes, scopes_at, installed_at)
            values ($1, gen_random_uuid(), $2, $3, $4, now())
            on conflict (shop_id) do update set install_id = excluded.install_id, shopify_id = excluded.shopify_id,
                scopes = excluded.scopes, scopes_at = excluded.scopes_at, installed_at = excluded.installed_at,
                uninstalled_at = null
            returning install_id::text
            """, [.int4(shop), .int8(shopifyID), .textArray(scopes.names), .timestamp(nowMillis)])[0].text(0)
    }

    /// Takes over what the merchant grants as of `atMillis`; false when that is known already, or something newer is.
    static func change(
        _ shop: ShopID, scopes: Scopes, atMillis: Int64, on connection: PostgresConnection
    ) throws -> Bool {
        try connection.query(
            """
            update shopify.installation set scopes = $2, scopes_at = $3
            where shop_id = $1 and uninstalled_at is null and scopes <> $2 and scopes_at <= $3 returning shop_id
            """, [.int4(shop), .textArray(scopes.names), .timestamp(atMillis)]
        ).count == 1
    }
}
