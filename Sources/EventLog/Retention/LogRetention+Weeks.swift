internal import Blocking
internal import EventModel
internal import Postgres

extension LogRetention {
    /// Dropping locks the whole log for a moment; where something else holds it for longer, the next run is early enough.
    private static let lockTimeoutMillis = 5000

    /// Weeks that ended longer ago than anything may be kept, oldest first.
    func candidates(at now: Int64) throws(PostgresError) -> [String] {
        let (limit, isNever) = now.subtractingReportingOverflow(rules.shortestMillis)
        guard !isNever, limit > 0 else { return [] }
        return try connection.query(SQL.partitions, [.timestamp(limit)]).map { $0.text(0) }
    }

    /// What is to become of a week; `staying` is the oldest that stays.
    func judge(
        _ partition: String, at now: Int64, _ positions: [Lane: Position], after staying: String?
    ) throws(PostgresError) -> (week: RetentionReport.Week, census: PartitionCensus?) {
        let known = try connection.query(
            SQL.outlook, [.text(partition), .bytes(rules.fingerprint), .timestamp(now)])
        if let row = known.first, let subject = RetentionClass(row.text(2)) {
            let fate = RetentionReport.Fate.keeps(shop: row.int32(1), subject, until: row.timestampMillis(0))
            return (RetentionReport.Week(partition: partition, events: nil, fate: fate), nil)
        }
        let census = try PartitionCensus(of: partition, connection)
        let fate = fate(of: census, at: now, positions, after: staying)
        return (RetentionReport.Week(partition: partition, events: census.eventCount, fate: fate), census)
    }

    private func fate(
        of census: PartitionCensus, at now: Int64, _ positions: [Lane: Position], after staying: String?
    ) -> RetentionReport.Fate {
        if let (group, until) = census.latest(rules), until > now {
            return .keeps(
                shop: group.shop, RetentionClass(event: group.name, of: group.source), until: until)
        }
        for stretch in census.stretches where stretch.last > positions[stretch.lane] ?? 0 {
            return .unread(lane: stretch.lane, by: positions[stretch.lane] ?? 0, of: stretch.last)
        }
        // A tombstone must be there as long as anything that it erased.
        if let staying, census.hasRecords { return .records(before: staying) }
        return .goes(Self.shares(census))
    }

    private static func shares(_ census: PartitionCensus) -> [RetentionReport.Share] {
        var shares: [RetentionReport.Share] = []
        for group in census.groups {
            let subject = RetentionClass(event: group.name, of: group.source)
            let earlier = shares.firstIndex { $0.shop == group.shop && $0.subject == subject }
            let before = earlier.map { shares.remove(at: $0).events } ?? 0
            shares.append(RetentionReport.Share(shop: group.shop, subject: subject, events: before + group.count))
        }
        return shares
    }

    /// Keeps in mind until when a week stays.
    func remember(_ week: RetentionReport.Week) throws(PostgresError) {
        guard case .keeps(let shop, let subject, let until) = week.fate, week.events != nil else { return }
        _ = try connection.query(
            SQL.remember,
            [
                .text(week.partition), .bytes(rules.fingerprint), .timestamp(until), .int4(shop),
                .text(subject.description),
            ])
    }

    /// Drops a week and books it; false where events came in since it was counted, or where somebody holds on to it.
    func drop(_ census: PartitionCensus, _ run: Key128) throws -> Bool {
        do {
            return try connection.transaction {
                try connection.execute("set local lock_timeout = \(Self.lockTimeoutMillis)")
                // Under the lock, so that no late event comes in between.
                _ = try connection.query("select log.lock_partition($1)", [.text(census.partition)])
                guard try census.stillHolds(connection) else { return false }
                try book(census, run)
                CrashPoint.pass("retention.drop.before")
                _ = try connection.query("select log.drop_partition($1)", [.text(census.partition)])
                CrashPoint.pass("retention.drop.after")
                return true
            }
        } catch let error as PostgresError where SQL.isHeld(error) {
            return false
        } catch {
            throw error
        }
    }

    private func book(_ census: PartitionCensus, _ run: Key128) throws(PostgresError) {
        for stretch in census.stretches {
            _ = try connection.query(
                SQL.book,
                [
                    .int2(stretch.lane), .text(census.partition), .int8(stretch.first), .int8(stretch.last),
                    .int8(stretch.count),
                ])
            _ = try connection.query(
                SQL.positions(of: census.partition), [.int2(stretch.lane), .text(census.partition)])
        }
        for (shop, groups) in Dictionary(grouping: census.groups, by: \.shop) {
            try RetentionBooks.add(
                RetentionReport.ShopCounts(shop: shop), events: groups.reduce(0) { $0 + $1.count },
                week: census.partition, run: run, on: connection)
        }
        _ = try connection.query(SQL.forgetAliases, [.text(census.partition)])
        _ = try connection.query(SQL.forgetOutlook, [.text(census.partition)])
    }

    private enum SQL {
        /// The name of a partition holds the day on which its week began.
        static let partitions = """
            select relname::text from pg_inherits join pg_class on oid = inhrelid
            where inhparent = 'log.event'::regclass and relname ~ '^event_[0-9]{8}$'
                and (to_date(right(relname, 8), 'YYYYMMDD') + 7)::timestamp at time zone 'UTC' <= $1
            order by relname
            """
        static let outlook = """
            select due_at, shop_id, class from privacy.retention_outlook
            where partition = $1 and rules = $2 and due_at > $3
            """
        static let remember = """
            insert into privacy.retention_outlook (partition, rules, due_at, shop_id, class)
            values ($1, $2, $3, $4, $5)
            on conflict (partition) do update set rules = excluded.rules, due_at = excluded.due_at,
                shop_id = excluded.shop_id, class = excluded.class
            """
        static let book = """
            insert into log.dropped (lane, partition, first_position, last_position, event_count, appends_hash)
            select $1, $2, $3, $4, $5, \(DroppedStretch.appendsHash(lane: "$1", first: "$3", last: "$4"))
            """
        /// For whoever keeps an index of positions; neighbours fall into one range.
        static func positions(of partition: String) -> String {
            """
            insert into privacy.dropped_stretch (lane, partition, positions)
            select $1, $2, range_agg(int8range(e.position, e.position + 1)) from log.\(partition) e where e.lane = $1
            """
        }
        static let forgetAliases = """
            delete from log.alias a using (
                select to_date(right($1, 8), 'YYYYMMDD')::timestamp at time zone 'UTC' as start) week
            where a.received_at >= week.start and a.received_at < week.start + interval '7 days'
            """
        static let forgetOutlook = "delete from privacy.retention_outlook where partition = $1"

        /// lock_not_available, deadlock_detected.
        static func isHeld(_ error: PostgresError) -> Bool { ["55P03", "40P01"].contains(error.sqlState) }
    }
}
