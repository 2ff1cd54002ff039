package import EventModel
package import Postgres
package import Privacy
package import ReadModels
internal import Registry

/// Opens sealed events: the event from the log, its subject's key from the key table, unwrapped by the shop's key. The
/// one way to personal data; whoever calls it notes the opening in the audit log. Any task may call it.
package struct SubjectReader: Sendable {
    private let pool: PostgresPool
    private let vault: Vault
    private let dictionaries: PayloadDictionaries

    /// Contacts nobody yet.
    package init(pool: PostgresPool, vault: Vault, dictionaries: PayloadDictionaries) {
        self.pool = pool
        self.vault = vault
        self.dictionaries = dictionaries
    }

    /// The payloads as they were sent, by position; without an entry where the key is gone (erased) or no event is.
    package func open(_ shop: ShopKey, _ positions: [Position]) async throws -> [Position: [UInt8]] {
        let dictionaries = dictionaries
        let opened = try await withContext(of: shop) { context, connection in
            var events = PersonEvents(connection, context, lane: shop.lane, dictionaries)
            var payloads: [Position: [UInt8]] = [:]
            try events.each(positions) { event in
                if event.isReadable { payloads[event.position] = event.payload }
                return true
            }
            return payloads
        }
        return opened ?? [:]
    }

    /// Runs `body` with the shop's keys; nil where there is no such shop or it is redacted.
    package func withContext<R: Sendable>(
        of shop: ShopKey, _ body: @Sendable (ShopContext, PostgresConnection) throws -> R
    ) async throws -> R? {
        let vault = vault
        return try await pool.run { connection in
            try ShopContext.find(shop.shop, vault: vault, on: connection).map { try body($0, connection) }
        }
    }
}

extension ShopContext {
    /// A registered shop's context; nil where there is none, or where its key is destroyed.
    static func find(_ shop: ShopID, vault: Vault, on connection: PostgresConnection) throws -> ShopContext? {
        guard let found = try ShopRegistry.find(id: shop, on: connection), found.status != .redacted else { return nil }
        return ShopContext(shop: shop, keys: ShopKeys(shopKey: try vault.unwrap(found.wrappedKey)))
    }
}
