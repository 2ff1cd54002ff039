package import EventModel
package import Postgres

/// What a web pixel is at, in words that are stored and shown.
package enum PixelState: String, Sendable, CaseIterable {
    /// There, with the settings of the row.
    case active
    /// Removed by us.
    case deleted
    /// The app's extension is not released yet: `shopify app deploy` first.
    case noExtension = "no_extension"
    /// The scopes `write_pixels` and `read_customer_events` are not granted.
    case accessDenied = "access_denied"
    /// The released extension defines other settings than ours.
    case invalidSettings = "invalid_settings"
    /// Something else; the message says what.
    case failed
}

/// A shop's web pixel as it was last seen.
package struct PixelStatus: Sendable, Equatable {
    /// Shopify's id; nil where there is none.
    package var id: String?
    /// What it is at.
    package var state: PixelState
    /// Counts the settings it has had; 0 before the first.
    package var version: Int
    /// Where events go to: `{endpoint}/v1/pixel/{accountID}`.
    package var settings: PixelSettings
    /// Shopify's words where it is not active.
    package var message: String?

    /// A status.
    package init(id: String?, state: PixelState, version: Int, settings: PixelSettings, message: String? = nil) {
        self.id = id
        self.state = state
        self.version = version
        self.settings = settings
        self.message = message
    }
}

/// The settings that the extension defines (see PixelExtension/shopify.extension.toml).
package struct PixelSettings: Sendable, Equatable, Codable {
    /// The shop's random id; the gateway knows the shop by it.
    package let accountID: String
    /// The gateway's address, without a slash at its end.
    package let endpoint: String

    /// Settings.
    package init(accountID: String, endpoint: String) {
        self.accountID = accountID
        self.endpoint = endpoint
    }
}

/// The states of pixels and their history.
package enum PixelTable {
    /// One change.
    package struct Change: Sendable, Equatable {
        /// Milliseconds.
        package let at: Int64
        /// created, taken_over, updated, deleted or failed.
        package let action: String
        /// What the pixel was at after it.
        package let status: PixelStatus
    }

    /// A shop's pixel; nil before the first try.
    package static func find(shop: ShopID, on connection: PostgresConnection) throws -> PixelStatus? {
        try connection.query(
            """
            select pixel_id, state, version, account_id, endpoint, message from shopify.pixel where shop_id = $1
            """, [.int4(shop)]
        ).first.map { status($0, from: 0) }
    }

    /// What happened to a shop's pixel, the newest first.
    package static func history(
        shop: ShopID, limit: Int = 100, on connection: PostgresConnection
    ) throws -> [Change] {
        try connection.query(
            """
            select at, action, null::text, state, version, account_id, endpoint, message from shopify.pixel_history
            where shop_id = $1 order by id desc limit $2
            """, [.int4(shop), .int8(Int64(limit))]
        ).map { Change(at: $0.timestampMillis(0), action: $0.text(1), status: status($0, from: 2)) }
    }

    static func write(
        _ status: PixelStatus, action: String, shop: ShopID, nowMillis: Int64, on connection: PostgresConnection
    ) throws {
        _ = try connection.query(
            """
            with written as (
                insert into shopify.pixel (shop_id, pixel_id, state, version, account_id, endpoint, message, changed_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                on conflict (shop_id) do update set pixel_id = $2, state = $3, version = $4, account_id = $5,
                    endpoint = $6, message = $7, changed_at = $8
            )
            insert into shopify.pixel_history (shop_id, version, action, state, account_id, endpoint, message, at)
            values ($1, $4, $9, $3, $5, $6, $7, $8)
            """,
            [
                .int4(shop), .optional(status.id), .text(status.state.rawValue), .int4(Int32(status.version)),
                .text(status.settings.accountID), .text(status.settings.endpoint), .optional(status.message),
                .timestamp(nowMillis), .text(action),
            ])
    }

    private static func status(_ row: PostgresRow, from column: Int) -> PixelStatus {
        PixelStatus(
            id: row.textIfPresent(column), state: PixelState(rawValue: row.text(column + 1)) ?? .failed,
            version: Int(row.int32(column + 2)),
            settings: PixelSettings(accountID: row.text(column + 3), endpoint: row.text(column + 4)),
            message: row.textIfPresent(column + 5))
    }
}
