internal import EventModel
package import Postgres
package import Privacy
internal import Registry

/// Wraps all keys again under the current `APP_SECRET_KEY`, while everything runs (`footfall key rotate-vault`).
///
/// The vault has to know the previous key too; afterwards nothing needs it. Keys and tokens themselves stay the same,
/// and no token is opened: only the data keys around them are. Running it again, or twice at once, does no harm.
package struct VaultRotation: Sendable {
    /// What was wrapped again so far.
    package struct Report: Sendable, Equatable {
        /// Keys of shops.
        package var shops = 0
        /// Data keys of tokens.
        package var tokens = 0

        /// Nothing yet, or so many.
        package init(shops: Int = 0, tokens: Int = 0) {
            self.shops = shops
            self.tokens = tokens
        }
    }

    /// Keys of one transaction: their rows are locked for some milliseconds.
    static let batchMax: Int32 = 100

    private let pool: PostgresPool
    private let vault: Vault

    /// Contacts nobody yet.
    package init(pool: PostgresPool, vault: Vault) {
        self.pool = pool
        self.vault = vault
    }

    /// Wraps everything again. A key that neither vault key opens ends it with that error; what was done stays done.
    package func run(progress: @Sendable (Report) -> Void = { _ in }) async throws -> Report {
        var report = Report()
        report.shops = try await rewrapAll(Self.shops, progress: { progress(Report(shops: $0)) })
        let shops = report.shops
        report.tokens = try await rewrapAll(Self.tokens, progress: { progress(Report(shops: shops, tokens: $0)) })
        return report
    }

    /// A table of wrapped keys by shop.
    private struct Table: Sendable {
        let read: @Sendable (ShopID, PostgresConnection) throws -> [ShopRegistry.StoredKey]
        let replace: @Sendable (ShopRegistry.StoredKey, [UInt8], PostgresConnection) throws -> Bool
    }

    private static let shops = Table(
        read: { try ShopRegistry.storedKeys(after: $0, limit: batchMax, on: $1) },
        replace: { try ShopRegistry.replace($0, with: $1, on: $2) })

    private static let tokens = Table(
        read: { shop, connection in
            try connection.query(
                "select shop_id, wrapped_key from shopify.token where shop_id > $1 order by shop_id limit $2",
                [.int4(shop), .int4(batchMax)]
            ).map { ShopRegistry.StoredKey(shop: $0.int32(0), wrapped: $0.bytes(1)) }
        },
        replace: { old, wrapped, connection in
            try connection.query(
                "update shopify.token set wrapped_key = $3 where shop_id = $1 and wrapped_key = $2 returning shop_id",
                [.int4(old.shop), .bytes(old.wrapped), .bytes(wrapped)]
            ).count == 1
        })

    /// The key's number in a ciphertext is one byte, too little to prove that a key is current: all are wrapped again.
    private func rewrapAll(_ table: Table, progress: (Int) -> Void) async throws -> Int {
        let vault = vault
        var (last, count) = (ShopID.min, 0)
        while true {
            let after = last
            let done = try await pool.run { connection in
                try connection.transaction {
                    let batch = try table.read(after, connection)
                    let replaced = try batch.filter { key in
                        try table.replace(key, vault.wrap(try vault.unwrap(key.wrapped)), connection)
                    }
                    return (last: batch.last?.shop, count: replaced.count)
                }
            }
            count += done.count
            guard let next = done.last else { return count }
            last = next
            progress(count)
        }
    }
}
