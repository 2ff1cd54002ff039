internal import Cryptography
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import Synchronization

/// How far this process is with the fences, what it does with a new one, and whether it still may hold keys
/// (`ProcessLease`).
final class FenceLedger: Sendable {
    /// Rows of one reading.
    private static let pageRows: Int64 = 10_000

    private struct State {
        var generation: Int64 = 0
        /// When the last look began that succeeded.
        var lookedAt: ContinuousClock.Instant?
        /// The session whose lock is held, by the connection's count, and the lock's number.
        var session: (count: Int, lock: Int32)?
        var beatenAt: ContinuousClock.Instant?
    }

    private let id = Key128(bytes: SecureRandom.bytes(16))
    private let state = Mutex(State())
    private let keyring: SubjectKeyring
    private let label: String
    private let now: @Sendable () -> ContinuousClock.Instant

    /// `now` is another one in tests.
    init(keyring: SubjectKeyring, label: String, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        (self.keyring, self.label, self.now) = (keyring, label, now)
    }

    /// One look: takes the session's lock where there is a new session, writes the process down where that is due, and
    /// takes in the fences since the last look. When it returns, the lease begins anew, from when it was called.
    func look(on connection: PostgresConnection) throws {
        let began = now()
        try connection.connect()
        let count = connection.generation
        connection.connectsOnUse = false
        defer { connection.connectsOnUse = true }
        if state.withLock({ $0.session?.count != count }) {
            let lock = Int32.random(in: 1 ... .max)
            let isTaken = try connection.query(
                "select pg_try_advisory_lock($1, $2)", [.int4(ProcessLease.lockClass), .int4(lock)])[0].bool(0)
            guard isTaken else { throw PostgresError(.usage, "a session's lock is taken by chance") }
            // Written down before the session counts: from then on its end is seen.
            try register(lock, on: connection)
            state.withLock { ($0.session, $0.beatenAt) = ((count, lock), began) }
        } else if let beat = state.withLock({ state in
            state.beatenAt.map { $0.duration(to: began) < ProcessLease.beat } == true ? nil : state.session
        }) {
            try register(beat.lock, on: connection)
            state.withLock { $0.beatenAt = began }
        }
        try follow(on: connection)
        state.withLock { $0.lookedAt = began }
    }

    /// Drops all keys where the lease has ended; true then. Contacts nobody.
    func dropWhereCutOff() -> Bool {
        let isCurrent = state.withLock { $0.lookedAt.map { $0.duration(to: now()) < ProcessLease.lease } ?? false }
        guard !isCurrent else { return false }
        keyring.forgetAll()
        return true
    }

    /// Takes the process off the list.
    func leave(on connection: PostgresConnection) throws {
        _ = try connection.query("delete from privacy.process where id = $1", [.uuid(id.high, id.low)])
    }

    /// Puts the process on the list, with what it has reached.
    private func register(_ lock: Int32, on connection: PostgresConnection) throws {
        _ = try connection.query(
            """
            insert into privacy.process (id, label, generation, session_lock) values ($1, $2, $3, $4)
            on conflict (id) do update set seen_at = now(), generation = excluded.generation,
                session_lock = excluded.session_lock, gone_at = null
            """, [.uuid(id.high, id.low), .text(label), .int8(state.withLock(\.generation)), .int4(lock)])
    }

    /// Takes in the fences since the last look, and says so when the keyring has let go.
    private func follow(on connection: PostgresConnection) throws {
        let reached = state.withLock(\.generation)
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
        state.withLock { $0.generation = max($0.generation, after) }
        guard let lock = state.withLock({ $0.session?.lock }) else { return }
        try register(lock, on: connection)
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
