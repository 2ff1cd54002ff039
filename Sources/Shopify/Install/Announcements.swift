internal import EventModel
internal import FoundationEssentials
package import Postgres
package import Privacy
package import Recorder
internal import Registry

/// Brings what happened to installations into the log. The transaction that changes an installation also writes the
/// event down; here it is recorded and then forgotten, so that none is lost when the process ends in between.
package struct Announcements: Sendable {
    /// Records events durably; `EventRecorder.record`.
    package typealias Record = @Sendable ([OwnEvent], RecordedShop) async throws(RecorderError) -> [RecordOutcome]

    /// Events of one round.
    static let batchMax: Int32 = 100

    private let pool: PostgresPool
    private let vault: Vault
    private let record: Record

    /// Contacts nobody yet.
    package init(pool: PostgresPool, vault: Vault, record: @escaping Record) {
        self.pool = pool
        self.vault = vault
        self.record = record
    }

    private struct Waiting: Sendable {
        let id: Int64
        let shop: ShopRegistration
        let event: OwnEvent
    }

    /// Records all events that wait, oldest first; returns how many. One that fails does not hold up the others; its
    /// error is thrown at the end.
    @discardableResult
    package func flush() async throws -> Int {
        var (count, last) = (0, Int64.min)
        var failure: (any Error)?
        while true {
            let after = last
            let batch = try await pool.run { try Self.waiting(after: after, on: $0) }
            guard let end = batch.last?.id else { break }
            last = end
            for waiting in batch {
                do {
                    try await bring(waiting)
                    count += 1
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return count
    }

    private func bring(_ waiting: Waiting) async throws {
        // A refusal is counted by the recorder; asking again would not change it.
        _ = try await record([waiting.event], RecordedShop(waiting.shop, vault: vault))
        try await pool.run { connection in
            _ = try connection.query("delete from shopify.announcement where id = $1", [.int8(waiting.id)])
        }
    }

    /// Writes an event down in the caller's transaction.
    static func add(
        _ name: SystemEventName, _ payload: some Encodable, identity: String, atMillis: Int64, shop: ShopID,
        on connection: PostgresConnection
    ) throws {
        let json = String(decoding: try JSONEncoder().encode(payload), as: UTF8.self)
        _ = try connection.query(
            """
            insert into shopify.announcement (shop_id, name, payload, identity, occurred_at)
            values ($1, $2, $3, $4, $5) on conflict (identity) do nothing
            """, [.int4(shop), .text(name.rawValue), .jsonb(json), .text(identity), .timestamp(atMillis)])
    }

    private static func waiting(after id: Int64, on connection: PostgresConnection) throws -> [Waiting] {
        try connection.query(
            """
            select id, shop_id, name, payload::text, identity, occurred_at from shopify.announcement
            where id > $1 order by id limit $2
            """, [.int8(id), .int4(batchMax)]
        ).compactMap { row in
            // There is one: the row refers to it.
            guard let shop = try ShopRegistry.find(id: row.int32(1), on: connection) else { return nil }
            let event = OwnEvent(
                source: .system, name: row.text(2), payload: Array(row.text(3).utf8),
                occurredAt: row.timestampMillis(5),
                identity: row.text(4))
            return Waiting(id: row.int64(0), shop: shop, event: event)
        }
    }
}
