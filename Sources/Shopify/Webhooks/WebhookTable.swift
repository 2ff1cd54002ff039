package import EventModel
package import Postgres

/// The state of a shop's subscriptions as the last check left it, for people.
package enum WebhookTable {
    /// One topic.
    package struct Row: Sendable, Equatable {
        /// As deliveries name it.
        package let topic: String
        /// Shopify's id; nil where there is no subscription.
        package let subscription: String?
        /// Why there is none.
        package let message: String?
    }

    /// The topics of a shop, by name.
    package static func list(shop: ShopID, on connection: PostgresConnection) throws -> [Row] {
        try connection.query(
            "select topic, subscription_id, message from shopify.webhook_subscription where shop_id = $1 order by topic",
            [.int4(shop)]
        ).map { Row(topic: $0.text(0), subscription: $0.textIfPresent(1), message: $0.textIfPresent(2)) }
    }

    static func replace(
        _ rows: [Row], uri: String, shop: ShopID, nowMillis: Int64, on connection: PostgresConnection
    ) throws {
        try connection.transaction {
            _ = try connection.query("delete from shopify.webhook_subscription where shop_id = $1", [.int4(shop)])
            _ = try connection.query(
                """
                insert into shopify.webhook_subscription (shop_id, topic, subscription_id, uri, message, checked_at)
                select $1, topic, subscription_id, $2, message, $3
                from unnest($4::text[], $5::text[], $6::text[]) as n (topic, subscription_id, message)
                on conflict (shop_id, topic) do nothing
                """,
                [
                    .int4(shop), .text(uri), .timestamp(nowMillis), .textArray(rows.map(\.topic)),
                    .textArray(rows.map(\.subscription)), .textArray(rows.map(\.message)),
                ])
        }
    }
}
