package import EventModel
package import Postgres
package import Privacy

/// Gives what is sealed in an event to the same event under another identity. Blocking; one thread at a time.
package struct EventResealer {
    private let vault: Vault
    private let connection: PostgresConnection

    /// The connection needs to read the registry's keys.
    package init(vault: Vault, on connection: PostgresConnection) {
        self.vault = vault
        self.connection = connection
    }

    /// The sealed bytes for the event `key` in place of `record`'s own; as they are where nothing is sealed or where the
    /// key that opens them is gone. Throws where they do not open although the key is there.
    package func sealed(_ record: EventRecord, lane: Lane, as key: Key128) throws -> [UInt8] {
        let shop = record.header.shop
        guard let head = SealedHead(record.sealed.span),
            let context = try ShopContext.find(shop, vault: vault, on: connection),
            let wrapped = try connection.query(
                "select wrapped from registry.subject_key where lane = $1 and key_id = $2",
                [.int2(lane), .uuid(head.keyID.high, head.keyID.low)]
            ).first?.bytes(0)
        else { return record.sealed }
        return try Opener.reseal(
            record.sealed, under: context.unwrap(wrapped, keyID: head.keyID), shop: shop, from: record.header.key,
            to: key)
    }
}
