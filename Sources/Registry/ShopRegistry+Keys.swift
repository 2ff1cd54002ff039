package import EventModel
package import Postgres

/// Wrapped keys of shops, for wrapping them again under a new `APP_SECRET_KEY`.
extension ShopRegistry {
    /// A shop's key as it is stored.
    package struct StoredKey: Sendable, Equatable {
        /// Whose key it is.
        package let shop: ShopID
        /// The wrapped bytes.
        package let wrapped: [UInt8]

        /// A stored key.
        package init(shop: ShopID, wrapped: [UInt8]) {
            self.shop = shop
            self.wrapped = wrapped
        }
    }

    /// At most `limit` keys of the shops behind `shop`, by id; redacted shops have none.
    package static func storedKeys(
        after shop: ShopID, limit: Int32, on connection: PostgresConnection
    ) throws -> [StoredKey] {
        try connection.query(
            "select id, wrapped_key from registry.shop where id > $1 and status <> 'redacted' order by id limit $2",
            [.int4(shop), .int4(limit)]
        ).map { StoredKey(shop: $0.int32(0), wrapped: $0.bytes(1)) }
    }

    /// Puts `wrapped` in the place of `old`; false when somebody else was faster.
    package static func replace(
        _ old: StoredKey, with wrapped: [UInt8], on connection: PostgresConnection
    ) throws -> Bool {
        try connection.query(
            "update registry.shop set wrapped_key = $3 where id = $1 and wrapped_key = $2 returning id",
            [.int4(old.shop), .bytes(old.wrapped), .bytes(wrapped)]
        ).count == 1
    }
}
