package import EventModel
package import Postgres

/// Tasks as people see them. Every call is one statement on the connection it is given.
package enum ReactorDesk {
    /// Rows of one list; more are asked for by narrower filters.
    package static let listMax = 1000

    /// Tasks that match, the newest first.
    package static func list(_ filter: TaskFilter = TaskFilter(), on connection: PostgresConnection) throws -> [TaskRow]
    {
        try connection.query(
            SQL.list,
            [
                .optional(filter.state?.rawValue), .optional(filter.shop), .optional(filter.reactor),
                .int8(Int64(min(max(1, filter.limit), listMax))),
            ]
        ).map(TaskRow.init)
    }

    /// Makes dead, dropped or waiting tasks ready at once, with all their tries before them. Returns their number.
    package static func retry(_ ids: [Int64], on connection: PostgresConnection) throws -> Int {
        try connection.query(SQL.retry, [.int8Array(ids)]).count
    }

    /// Makes all dead letters ready again, of one reactor or of all.
    package static func retryDead(reactor: String? = nil, on connection: PostgresConnection) throws -> Int {
        try connection.query(SQL.retryDead, [.optional(reactor)]).count
    }

    /// Ends tasks that are not done; they never run again, unless they are retried. A runner that has one at this moment
    /// cannot write its outcome any more. Returns their number.
    package static func drop(_ ids: [Int64], on connection: PostgresConnection) throws -> Int {
        try connection.query(SQL.drop, [.int8Array(ids)]).count
    }

    /// Ends all tasks of a shop that were made up to a time (in milliseconds) and are not done: it has uninstalled the
    /// app. Those of a later installation go on, and so do the requests of data subjects, which the law wants done.
    @discardableResult
    package static func dropAll(
        shop: ShopID, madeUntil millis: Int64 = .max, except reactor: String? = nil, on connection: PostgresConnection
    ) throws -> Int {
        let kept = [reactor, privacyReactor].compactMap(\.self)
        return try connection.query(SQL.dropShop, [.int4(shop), .textArray(kept), .timestamp(millis)]).count
    }

    /// Name of the reactor that works off requests of data subjects.
    package static let privacyReactor = "privacy"

    /// How many tasks each reactor has in each state, and how late the latest one is.
    package static func counts(on connection: PostgresConnection) throws -> [TaskCount] {
        try connection.query(SQL.counts).map { row in
            TaskCount(
                reactor: row.text(0), state: TaskState(rawValue: row.text(1)) ?? .ready, count: row.int64(2),
                overdueMillis: row.int64(3))
        }
    }

    /// Events of each lane that no reactor has been asked about yet.
    package static func lag(on connection: PostgresConnection) throws -> [Lane: Int64] {
        let rows = try connection.query(SQL.lag)
        return Dictionary(rows.map { ($0.int16(0), $0.int64(1)) }, uniquingKeysWith: max)
    }

    private enum SQL {
        static let list = """
            select id, shop_id, reactor, idempotency_key, state, attempts, run_at, created_at, finished_at, last_error,
                payload::text
            from reactor.task
            where ($1::text is null or state = $1) and ($2::int is null or shop_id = $2)
                and ($3::text is null or reactor = $3)
            order by id desc limit $4
            """
        static let retry = """
            update reactor.task set state = 'ready', attempts = 0, run_at = now(), finished_at = null,
                leased_until = null
            where id = any($1::bigint[]) and state in ('dead', 'dropped', 'ready') returning id
            """
        static let retryDead = """
            update reactor.task set state = 'ready', attempts = 0, run_at = now(), finished_at = null
            where state = 'dead' and ($1::text is null or reactor = $1) returning id
            """
        static let drop = """
            update reactor.task set state = 'dropped', finished_at = now(), leased_until = null
            where id = any($1::bigint[]) and state in ('ready', 'running', 'dead') returning id
            """
        static let dropShop = """
            update reactor.task set state = 'dropped', finished_at = now(), leased_until = null
            where shop_id = $1 and state in ('ready', 'running') and reactor <> all($2::text[])
                and created_at <= $3
            returning id
            """
        static let counts = """
            select reactor, state, count(*), coalesce(max(case
                when state = 'ready' and run_at < now() then extract(epoch from now() - run_at) * 1000
                end), 0)::bigint
            from reactor.task group by reactor, state order by reactor, state
            """
        static let lag = """
            select l.lane, coalesce((select b.first_position + b.event_count - 1 from log.batch b
                where b.lane = l.lane order by b.sequence desc limit 1), 0) - coalesce(c.position, 0)
            from registry.lane l left join reactor.checkpoint c on c.lane = l.lane order by l.lane
            """
    }
}

extension ReactorDesk {
    /// Lets a reactor's waiting tasks of a shop run at once: what they poll for has ended.
    package static func hurry(reactor: String, shop: ShopID, on connection: PostgresConnection) throws {
        _ = try connection.query(
            """
            update reactor.task set run_at = now()
            where shop_id = $1 and reactor = $2 and state = 'ready' and run_at > now()
            """, [.int4(shop), .text(reactor)])
    }
}
