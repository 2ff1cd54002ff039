package import EventModel
internal import FoundationEssentials
package import Postgres

/// A task that this runner may work on until its lease ends.
struct ClaimedTask: Sendable {
    let task: ReactorTask
    /// What an earlier run came to; only its events are still to be recorded.
    let settlement: Settlement?
}

/// `reactor.task`. Every call is a statement or two on the connection it is given.
package enum TaskTable {
    /// The task was taken over by another runner, or an operator has changed it.
    package struct Displaced: Error, Sendable {}

    /// Inserts what is not there yet; to be called inside the caller's transaction.
    package static func insert(
        _ tasks: [NewTask], lane: Lane, shop: ShopID, on connection: PostgresConnection
    ) throws {
        guard !tasks.isEmpty else { return }
        _ = try connection.query(
            SQL.insert,
            [
                .int2(lane), .int4(shop), .textArray(tasks.map(\.reactor)), .textArray(tasks.map(\.key)),
                .textArray(tasks.map(\.payload)), .optionalTimestampArray(tasks.map(\.runAt)),
            ])
    }

    /// Inserts a task, or, where Postgres refuses what stands in it, a dead letter without its payload that says so; to be
    /// called inside the caller's transaction.
    static func insertOrBury(_ task: NewTask, of event: ReactorEvent, on connection: PostgresConnection) throws {
        try connection.execute("savepoint task")
        do {
            try insert([task], lane: event.lane, shop: event.shop, on: connection)
        } catch let error as PostgresError {
            guard error.isAboutContent else { throw error }
            try connection.execute("rollback to savepoint task")
            _ = try connection.query(
                SQL.bury,
                [
                    .int2(event.lane), .int4(event.shop), .text(task.reactor),
                    .text("refused:\(task.reactor):\(event.place)"), .text(error.description),
                ])
        }
        try connection.execute("release savepoint task")
    }

    /// Claims the task that is due the longest, of a shop that is not throttled and runs fewer than `perShopMax`.
    static func claim(
        reactors: [String], lease: Duration, perShopMax: Int, on connection: PostgresConnection
    ) throws -> ClaimedTask? {
        try connection.transaction {
            // Claims are counted a shop: two at the same time would each see the other's place free.
            _ = try connection.query("select pg_advisory_xact_lock($1, 0)", [.int4(SQL.claimLock)])
            let rows = try connection.query(
                SQL.claim, [.textArray(reactors), .int8(lease.wholeMillis), .int8(Int64(perShopMax))])
            return try rows.first.map(claimed)
        }
    }

    /// Keeps a claimed task for another lease.
    static func renew(_ task: ReactorTask, lease: Duration, on connection: PostgresConnection) throws {
        try change(SQL.renew, task, [.int8(lease.wholeMillis)], on: connection)
    }

    /// Replaces the payload of a claimed task.
    static func save(_ payload: String, of task: ReactorTask, on connection: PostgresConnection) throws {
        try change(SQL.save, task, [.text(payload)], on: connection)
    }

    /// Writes down how a run ended, before its events are recorded.
    static func settle(_ task: ReactorTask, _ settlement: Settlement, on connection: PostgresConnection) throws {
        try change(SQL.settle, task, [.text(TaskJSON.text(settlement))], on: connection)
    }

    /// Ends a run: its events are recorded, or there are none.
    static func close(_ task: ReactorTask, _ settlement: Settlement, on connection: PostgresConnection) throws {
        try connection.transaction {
            try insert(settlement.effects.next, lane: task.lane, shop: task.shop, on: connection)
            try change(
                SQL.close, task,
                [
                    .text(settlement.state.rawValue), .optional(settlement.error), .int8(settlement.waitMillis),
                    .optional(settlement.payload),
                ], on: connection)
        }
    }

    /// Makes a task ready again after a failure, and its shop rest where the failure says so.
    static func putBack(
        _ task: ReactorTask, after wait: Duration, _ failure: TaskFailure, on connection: PostgresConnection
    ) throws {
        try connection.transaction {
            if failure.pausesShop {
                _ = try connection.query(
                    SQL.throttle, [.int4(task.shop), .int8((failure.retryAfter ?? wait).wholeMillis)])
            }
            try change(
                SQL.putBack, task, [.int8(wait.wholeMillis), .text(failure.message)], on: connection)
        }
    }

    /// Gives a task back that was not worked on to an end, as if it had not been claimed.
    static func release(_ task: ReactorTask, on connection: PostgresConnection) throws {
        try change(SQL.release, task, [], on: connection)
    }

    private static func change(
        _ sql: String, _ task: ReactorTask, _ parameters: [PostgresValue], on connection: PostgresConnection
    ) throws {
        let rows = try connection.query(sql, [.int8(task.id), .int8(task.claim)] + parameters)
        guard rows.count == 1 else { throw Displaced() }
    }

    private static func claimed(_ row: PostgresRow) throws -> ClaimedTask {
        let settlement = try row.textIfPresent(8).map { try JSONDecoder().decode(Settlement.self, from: Data($0.utf8)) }
        return ClaimedTask(
            task: ReactorTask(
                id: row.int64(0), lane: row.int16(1), shop: row.int32(2), reactor: row.text(3), key: row.text(4),
                payload: row.text(5), attempt: Int(row.int32(6)), claim: row.int64(7)),
            settlement: settlement)
    }
}

extension TaskTable {
    private enum SQL {
        /// First key of the advisory lock under which tasks are claimed. "FRAC".
        static let claimLock: Int32 = 0x4652_4143

        static let insert = """
            insert into reactor.task (lane, shop_id, reactor, idempotency_key, payload, run_at)
            select $1, $2, n.reactor, n.key, n.payload::jsonb, coalesce(n.run_at, now())
            from unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[]) as n (reactor, key, payload, run_at)
            on conflict (idempotency_key) do nothing
            """
        static let bury = """
            insert into reactor.task (lane, shop_id, reactor, idempotency_key, state, last_error, finished_at)
            values ($1, $2, $3, $4, 'dead', $5, now())
            on conflict (idempotency_key) do nothing
            """
        static let claim = """
            with due as (
                select id from reactor.task t
                where reactor = any($1::text[])
                    and ((state = 'ready' and run_at <= now()) or (state = 'running' and leased_until <= now()))
                    and not exists (
                        select from reactor.throttle h where h.shop_id = t.shop_id and h.until > now())
                    and (select count(*) from reactor.task r
                        where r.shop_id = t.shop_id and r.state = 'running' and r.leased_until > now()) < $3
                order by run_at, id limit 1
                for update skip locked
            )
            update reactor.task set state = 'running', attempts = attempts + 1, claim = claim + 1,
                leased_until = now() + $2 * interval '1 millisecond'
            where id in (select id from due)
            returning id, lane, shop_id, reactor, idempotency_key, payload::text, attempts, claim, settlement::text
            """
        static let renew = """
            update reactor.task set leased_until = now() + $3 * interval '1 millisecond'
            where id = $1 and claim = $2 and state = 'running' returning id
            """
        static let save = """
            update reactor.task set payload = $3::text::jsonb where id = $1 and claim = $2 and state = 'running'
            returning id
            """
        static let settle = """
            update reactor.task set settlement = $3::text::jsonb where id = $1 and claim = $2 and state = 'running'
            returning id
            """
        static let close = """
            update reactor.task set state = $3, settlement = null, leased_until = null, last_error = $4,
                attempts = case when $3 = 'ready' then 0 else attempts end,
                run_at = case when $3 = 'ready' then now() + $5 * interval '1 millisecond' else run_at end,
                payload = coalesce($6::text::jsonb, payload),
                finished_at = case when $3 = 'ready' then null else now() end
            where id = $1 and claim = $2 and state = 'running' returning id
            """
        static let putBack = """
            update reactor.task set state = 'ready', leased_until = null, last_error = $4,
                run_at = now() + $3 * interval '1 millisecond'
            where id = $1 and claim = $2 and state = 'running' returning id
            """
        static let throttle = """
            insert into reactor.throttle (shop_id, until) values ($1, now() + $2 * interval '1 millisecond')
            on conflict (shop_id) do update set until = greatest(throttle.until, excluded.until)
            """
        static let release = """
            update reactor.task set state = 'ready', leased_until = null, attempts = greatest(attempts - 1, 0)
            where id = $1 and claim = $2 and state = 'running' returning id
            """
    }
}
