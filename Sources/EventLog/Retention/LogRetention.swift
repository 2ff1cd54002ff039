internal import Cryptography
package import EventModel
package import Postgres

/// Takes away what has outlived its time: whole weeks of the log, keys of data subjects, events that were put aside.
/// Blocking; belongs to one thread at a time.
///
/// The log is append-only, so single events never go. A week goes when all of its events are past their time and every
/// reader has taken them in; its rows of `log.batch` stay, so that positions, accounting and the chain of hashes go on,
/// and its other identities go too, so that a repeat of a dropped event is a new event. What must be forgotten earlier,
/// since another shop's or another event's time is longer, is forgotten by its keys: a process seals under a key for a
/// day (`SubjectKeyring`), so an old key seals old events only.
package final class LogRetention {
    /// Up to where every reader of the log has taken events in, by lane; a lane that is missing counts as not read.
    package typealias Readers = (PostgresConnection) throws -> [Lane: Position]

    /// First key of the lock that gives retention to one process; "FFRT".
    private static let lockClass: Int32 = 0x4646_5254

    let connection: PostgresConnection
    let rules: RetentionRules
    let projected: Readers

    /// The connection must not be inside a transaction. Contacts nobody.
    package init(_ connection: PostgresConnection, rules: RetentionRules, projected: @escaping Readers) {
        self.connection = connection
        self.rules = rules
        self.projected = projected
    }

    /// What `apply` would take at this moment (Unix milliseconds); changes nothing.
    package func plan(at now: Int64) throws -> RetentionReport {
        var report = RetentionReport(at: now)
        let positions = try projected(connection)
        var staying: String?
        for partition in try candidates(at: now) {
            let (week, _) = try judge(partition, at: now, positions, after: staying)
            if !week.goes { staying = staying ?? partition }
            report.weeks.append(week)
        }
        try countKeys(&report)
        try countQuarantine(&report)
        return report
    }

    /// Takes it, each week in a transaction of its own, and reports what went. Throws `busy` where another process does
    /// it at this moment. After a failure or a crash the next run goes on; nothing is taken or told twice.
    package func apply(at now: Int64) throws -> RetentionReport {
        try acquire()
        defer { release() }
        let run = Key128(bytes: SecureRandom.bytes(16))
        _ = try connection.query(SQL.begin, [.uuid(run.high, run.low), .timestamp(now)])
        var report = RetentionReport(at: now, run: run)
        var staying: String?
        for partition in try candidates(at: now) {
            var (week, census) = try judge(partition, at: now, try projected(connection), after: staying)
            if week.goes, let census, try !drop(census, run) {
                week = RetentionReport.Week(partition: partition, events: census.eventCount, fate: .busy)
            }
            if !week.goes {
                staying = staying ?? partition
                try remember(week)
            }
            report.weeks.append(week)
        }
        try destroyKeys(&report, run)
        try clearQuarantine(&report, run)
        _ = try connection.query(SQL.end, [.uuid(run.high, run.low)])
        return report
    }

    /// When the last run ended, in Unix milliseconds; nil where none has.
    package static func lastRun(on connection: PostgresConnection) throws(PostgresError) -> Int64? {
        try connection.query(SQL.lastRun)[0].timestampMillisIfPresent(0)
    }

    /// What runs have taken and the log has not been told yet, oldest first.
    package static func untold(on connection: PostgresConnection) throws(PostgresError) -> [RetentionResult] {
        try connection.query(SQL.untold).map { row in
            let (high, low) = row.uuid(0)
            return RetentionResult(
                run: Key128(high: high, low: low), shop: row.int32(1), begunAt: row.timestampMillis(2),
                payload: Array(row.text(3).utf8))
        }
    }

    /// The log has been told.
    package static func didTell(
        _ result: RetentionResult, on connection: PostgresConnection
    ) throws(PostgresError) {
        _ = try connection.query(SQL.told, [.uuid(result.run.high, result.run.low), .int4(result.shop)])
    }

    /// Takes retention for this session, or throws `busy`. May be taken again by who has it, and is released as often.
    package func acquire() throws {
        guard try connection.query(SQL.lock, [.int4(Self.lockClass)])[0].bool(0) else {
            throw EventLogError(.busy, "retention is being applied by another process")
        }
    }

    /// Closing the session releases as well, so that a failure to do it here does no harm.
    package func release() { _ = try? connection.query(SQL.unlock, [.int4(Self.lockClass)]) }

    private enum SQL {
        static let lock = "select pg_try_advisory_lock($1, 0)"
        static let unlock = "select pg_advisory_unlock($1, 0)"
        static let begin = "insert into privacy.retention_run (id, begun_at) values ($1, $2)"
        static let end = "update privacy.retention_run set finished_at = clock_timestamp() where id = $1"
        static let lastRun = "select max(finished_at) from privacy.retention_run"
        /// Of a run that was cut off as well; only one runs at a time, and its results are not told before it ends.
        static let untold = """
            select r.run, r.shop_id, u.begun_at, json_build_object('run', r.run, 'partitions', r.partitions,
                'events', r.events, 'keys', r.keys, 'quarantined', r.quarantined, 'leads', r.leads,
                'checkouts', r.checkouts)::text
            from privacy.retention_result r join privacy.retention_run u on u.id = r.run
            where r.recorded_at is null order by u.begun_at, r.run, r.shop_id
            """
        static let told = """
            update privacy.retention_result set recorded_at = now() where run = $1 and shop_id = $2
            """
    }
}

/// What runs took, by shop; added up in the transactions that take it.
package enum RetentionBooks {
    /// Adds to a run's result. `week` is a partition that went.
    package static func add(
        _ counts: RetentionReport.ShopCounts, events: Int64 = 0, week: String? = nil, run: Key128,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        guard counts.shop > 0 else { return }  // a damaged batch is nobody's
        _ = try connection.query(
            Self.sql,
            [
                .uuid(run.high, run.low), .int4(counts.shop), .textArray(week.map { [$0] } ?? []), .int8(events),
                .int8(counts.keys), .int8(counts.quarantined), .int8(counts.leads), .int8(counts.checkouts),
            ])
    }

    private static let sql = """
        insert into privacy.retention_result as r
            (run, shop_id, partitions, events, keys, quarantined, leads, checkouts)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (run, shop_id) do update set partitions = r.partitions || excluded.partitions,
            events = r.events + excluded.events, keys = r.keys + excluded.keys,
            quarantined = r.quarantined + excluded.quarantined, leads = r.leads + excluded.leads,
            checkouts = r.checkouts + excluded.checkouts
        """
}
