internal import Blocking
package import EventModel
package import Postgres

/// Appends plans to the log: one transaction each, by the log's rules. Synchronous and blocking; owned by one actor,
/// which may use the same connection for other work between appends.
///
/// Exactly once: under the lane's lock it reads the lane's newest row, leaves out what that row's cursor covers, and
/// commits events, cursor and accounting together. So a plan may be given again after any failure, also after a COMMIT
/// whose reply was lost.
package final class LogWriter {
    let connection: PostgresConnection
    private var session = IndexedSession()
    /// Weeks whose partition is known to exist.
    private var knownWeeks: Set<Int64> = []
    private var kinds = KindNumbers()

    /// The connection may be used for other work between appends, by the same thread.
    package init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Appends what the plan holds and the log does not. `alongside` runs inside the transaction, before its end; an
    /// error thrown there undoes everything.
    package func append(
        _ plan: AppendPlan, alongside: (AppendReceipt) throws -> Void = { _ in }
    ) throws -> AppendReceipt {
        try prepareSession()
        try ensurePartitions(plan)
        // Like partitions, kinds are made outside of the append's transaction: no lane waits for another one's.
        let kinds = try kinds.numbers(of: plan.names, connection)
        do {
            return try attempt(plan, kinds, alongside)
        } catch let error as PostgresError where error.sqlState == SQLState.uniqueViolation {
            // The backstop held: memory said new, the index knows better. The log decides about each event.
            return try attempt(plan.dropping(through: nil), kinds, alongside)
        } catch let error as PostgresError where error.sqlState == SQLState.noPartition {
            knownWeeks.removeAll()
            try ensurePartitions(plan)
            return try attempt(plan, kinds, alongside)
        }
    }

    /// Plans and appends batches that did not come through the buffer; every event is looked up.
    package func append(_ batches: [[UInt8]], lane: Lane, formerLanes: [ShopID: [Lane]] = [:]) throws -> AppendReceipt {
        var planner = AppendPlanner(lane: lane)
        planner.formerLanes = formerLanes
        return try append(planner.plan(batches.map { AppendEntry(bytes: $0) }))
    }

    /// Plans and appends one batch out of the quarantine. Throws `stillRefused`, and changes nothing, where any of its
    /// events would be quarantined again.
    func replay(
        _ batch: [UInt8], lane: Lane, countedFor shop: ShopID, alongside: (AppendReceipt) throws -> Void
    ) throws -> AppendReceipt {
        var planner = AppendPlanner(lane: lane)
        var plan = planner.plan([AppendEntry(bytes: batch)])
        plan.replayedShop = shop
        return try append(plan) { receipt in
            guard receipt.total.quarantined < 0 else {
                throw EventLogError(.stillRefused, "the event would be quarantined again")
            }
            try alongside(receipt)
        }
    }

    private func attempt(
        _ plan: AppendPlan, _ kinds: [Int32], _ alongside: (AppendReceipt) throws -> Void
    ) throws -> AppendReceipt {
        let receipt = try connection.transaction {
            _ = try connection.query(SQL.lock, [.int4(SQL.lockClass), .int4(Int32(plan.lane))])
            let receipt = try write([Work(plan: plan, kinds: kinds)])[0]
            try alongside(receipt)
            CrashPoint.pass("log.commit.before")
            return receipt
        }
        CrashPoint.pass("log.commit.after")
        return receipt
    }

    /// Appends plans of different lanes in one transaction, which costs little more than one of them by itself. Gives nil
    /// for a lane whose lock somebody else has. Whatever is thrown, nothing is appended, and `append` of one plan knows
    /// what to do about it.
    package func append(together plans: [AppendPlan]) throws -> [AppendReceipt?] {
        try prepareSession()
        var work: [Lane: Work] = [:]
        for plan in plans {
            try ensurePartitions(plan)
            work[plan.lane] = Work(plan: plan, kinds: try kinds.numbers(of: plan.names, connection))
        }
        precondition(work.count == plans.count, "two plans of one lane")
        let receipts: [Lane: AppendReceipt] = try connection.transaction {
            let lanes = work.keys.sorted()
            let locks = try connection.query(
                SQL.tryLocks, [.int4(SQL.lockClass), .int4Array(lanes.map { Int32($0) })])
            let held = zip(lanes, locks).filter { $1.bool(0) }.compactMap { work[$0.0] }
            let receipts = try write(held)
            CrashPoint.pass("log.commit.before")
            return Dictionary(uniqueKeysWithValues: receipts.map { ($0.lane, $0) })
        }
        CrashPoint.pass("log.commit.after")
        return plans.map { receipts[$0.lane] }
    }

    /// A plan and the numbers of its names.
    private struct Work {
        let plan: AppendPlan
        let kinds: [Int32]
    }

    /// Writes what is not committed yet, in the transaction that has the lanes' locks; one receipt each.
    private func write(_ work: [Work]) throws -> [AppendReceipt] {
        // A statement of its own, so that its snapshot is younger than the locks.
        let heads = try heads(lanes: work.map(\.plan.lane))
        var appends: [PendingAppend] = []
        var receipts: [AppendReceipt] = []
        for item in work {
            let head = heads[item.plan.lane] ?? .empty
            guard let todo = remaining(item.plan, head) else {
                receipts.append(AppendReceipt(committed: item.plan, head))
                continue
            }
            var append = PendingAppend(todo, after: head, kinds: item.kinds)
            if !append.isSettled { append.settle(by: try lookUp(append.lookups)) }
            append.count()
            appends.append(append)
            receipts.append(append.receipt(wasExpected: todo.expectedSequence == head.sequence))
        }
        if !appends.isEmpty { try write(appends) }
        return receipts
    }

    /// What of the plan is not committed yet; nil for nothing. Its verdicts are kept only where the lane stands as
    /// expected.
    private func remaining(_ plan: AppendPlan, _ head: LogHead) -> AppendPlan? {
        if let cursor = head.cursor, cursor.incarnation == plan.incarnation, let last = plan.lastPlace {
            if last <= cursor.place { return nil }
            if let first = plan.firstPlace, first <= cursor.place { return plan.dropping(through: cursor.place) }
        }
        return plan.expectedSequence == head.sequence ? plan : plan.dropping(through: nil)
    }

    /// Partitions are made outside of the append's transaction, whose locks would last longer.
    private func ensurePartitions(_ plan: AppendPlan) throws(PostgresError) {
        for week in plan.weeks where !knownWeeks.contains(week) {
            // These weeks begin on Thursday like the epoch, the partitions' on Monday: both ends cover them.
            let start = week * AppendPlan.weekMillis
            for time in [start, start + AppendPlan.weekMillis - 1] {
                _ = try connection.query(SQL.ensurePartition, [.timestamp(time)])
            }
            knownWeeks.insert(week)
        }
    }

    private func prepareSession() throws(PostgresError) { try session.prepare(connection) }
}

extension LogWriter {
    /// The lane's newest append, as committed.
    package func head(lane: Lane) throws(PostgresError) -> LogHead { try heads(lanes: [lane])[lane] ?? .empty }

    /// The newest appends of those lanes that have one.
    private func heads(lanes: [Lane]) throws(PostgresError) -> [Lane: LogHead] {
        var heads: [Lane: LogHead] = [:]
        for row in try connection.query(SQL.heads, [.int2Array(lanes)]) {
            var cursor: LogCursor?
            if let incarnation = row.uuidIfPresent(4) {
                cursor = LogCursor(
                    incarnation: Key128(high: incarnation.0, low: incarnation.1),
                    place: StreamPlace(millis: row.int64(5), sequence: row.int64(6)))
            }
            heads[row.int16(0)] = LogHead(
                sequence: row.int64(1), position: row.int64(2), hash: row.bytes(3), cursor: cursor)
        }
        return heads
    }

    /// The newest identities of the lane and the head they are complete for.
    package func loadWindow(lane: Lane) throws -> (window: KeyWindow, head: LogHead) {
        try prepareSession()
        return try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            let head = try head(lane: lane)
            let limit = KeyWindow.loadedCountMax
            let rows = try connection.query(
                SQL.newestKeys, [.int2(lane), .int8(Int64(limit)), .int8(KeyWindow.aheadMillisMax)])
            var floor: Int64 = 0
            if rows.count == limit, let last = rows.last?.uuid(0) {
                // Others of the same millisecond may not have been read.
                floor = EventKey.timeMillis(Key128(high: last.0, low: last.1)) + 1
            }
            let ahead = try connection.query(SQL.nextKey, [.int2(lane), .int8(KeyWindow.aheadMillisMax)]).first?.uuid(0)
            var window = KeyWindow(
                floorMillis: floor,
                ceilingMillis: ahead.map { EventKey.timeMillis(Key128(high: $0.0, low: $0.1)) } ?? .max)
            for row in rows {
                let key = row.uuid(0)
                _ = window.admit(
                    Key128(high: key.0, low: key.1), content: UInt64(bitPattern: row.int64(1)), nowMillis: .max)
            }
            return (window, head)
        }
    }

    enum SQLState {
        static let uniqueViolation = "23505"
        /// A row for which the table has no partition counts as a violated check.
        static let noPartition = "23514"
    }

    enum SQL {
        /// First key of the advisory locks that order a lane's appends; the second is the lane. "FFLG".
        static let lockClass: Int32 = 0x4646_4C47

        static let lock = "select pg_advisory_xact_lock($1, $2)"
        static let ensurePartition = "select log.ensure_partition($1)"
        /// In the order given.
        static let tryLocks = "select pg_try_advisory_xact_lock($1, lane) from unnest($2::int4[]) lane"
        static let heads = """
            select newest.* from unnest($1::int2[]) asked (lane) cross join lateral (
                select lane, sequence, first_position + event_count - 1, hash, stream_incarnation, stream_ms, stream_seq
                from log.batch where lane = asked.lane order by sequence desc limit 1) newest
            """
        static let newestKeys = """
            select key, content from log.event where lane = $1 and key < \(ahead("$3")) order by key desc limit $2
            """
        static let nextKey = """
            select key from log.event where lane = $1 and key >= \(ahead("$2")) order by key limit 1
            """

        /// The first key that was further ahead than any honest clock; keys begin with 48 bits of time.
        private static func ahead(_ millis: String) -> String {
            """
            (select (lpad(to_hex((extract(epoch from received_to) * 1000)::int8 + \(millis)), 12, '0')
                || repeat('0', 20))::uuid
            from log.batch where lane = $1 and event_count > 0 order by sequence desc limit 1)
            """
        }
    }
}
