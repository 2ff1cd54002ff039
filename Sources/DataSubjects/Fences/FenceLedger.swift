internal import Cryptography
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import Synchronization

/// How far this process is with the fences, and what it does with a new one.
final class FenceLedger: Sendable {
    /// Rows of one reading.
    private static let pageRows: Int64 = 10_000

    private let id = Key128(bytes: SecureRandom.bytes(16))
    private let generation = Mutex<Int64>(0)
    private let keyring: SubjectKeyring
    private let label: String

    init(keyring: SubjectKeyring, label: String) {
        (self.keyring, self.label) = (keyring, label)
    }

    /// Puts the process on the list, with what it has reached.
    func register(on connection: PostgresConnection) throws {
        _ = try connection.query(
            """
            insert into privacy.process (id, label, generation) values ($1, $2, $3)
            on conflict (id) do update set seen_at = now(), generation = excluded.generation
            """, [.uuid(id.high, id.low), .text(label), .int8(generation.withLock(\.self))])
    }

    /// Takes the process off the list.
    func leave(on connection: PostgresConnection) throws {
        _ = try connection.query("delete from privacy.process where id = $1", [.uuid(id.high, id.low)])
    }

    /// Takes in the fences since the last look, and says so when the keyring has let go.
    func follow(on connection: PostgresConnection) throws {
        let reached = generation.withLock(\.self)
        var (after, last) = (reached, (shop: Int32.max, handle: Key128(high: .max, low: .max)))
        while true {
            let rows = try connection.query(
                SQL.page,
                [
                    .int8(after), .int4(last.shop), .uuid(last.handle.high, last.handle.low), .int8(Self.pageRows),
                ])
            guard let end = rows.last else { break }
            take(rows)
            after = end.int64(0)
            last = (end.int32(1), Key128(end.uuid(3)))
        }
        guard after > reached else { return }
        generation.withLock { $0 = max($0, after) }
        try register(on: connection)
    }

    private func take(_ rows: PostgresResult) {
        for (shop, rows) in Dictionary(grouping: rows, by: { $0.int32(1) }) {
            let handles = rows.compactMap { row in
                HandleKind(rawValue: UInt8(truncatingIfNeeded: row.int16(2))).map {
                    Handle(kind: $0, hash: Key128(row.uuid(3)))
                }
            }
            keyring.fence.add(shop: shop, handles)
            // Carts and browsers are erased without a fence, so all of the shop goes.
            keyring.forget(shop: shop)
        }
    }

    private enum SQL {
        /// Numbers are committed in their order. The rows of one number may fill several pages.
        static let page = """
            select generation, shop_id, kind, handle from privacy.fence
            where (generation, shop_id, handle) > ($1, $2, $3::uuid)
            order by generation, shop_id, handle limit $4
            """
    }
}
