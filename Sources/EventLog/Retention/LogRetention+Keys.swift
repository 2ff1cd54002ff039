internal import EventModel
internal import Postgres

/// Keys of data subjects, and the quarantine.
extension LogRetention {
    /// An event is sealed under a key of at most a day (`SubjectKeyring`), and waits in the buffer for the log for hours at
    /// most; the row's time is the log's.
    private static let keyUseMillis: Int64 = 3 * 86_400_000
    /// What was replayed is in the log; a few days to look into it.
    private static let replayedMillis: Int64 = 7 * 86_400_000
    /// Keys of one transaction.
    private static let keysPage: Int64 = 5000

    func countKeys(_ report: inout RetentionReport) throws {
        let limits = try keyLimits(at: report.at)
        for row in try connection.query(SQL.countKeys, limits.parameters) {
            report.change(row.int32(0)) { $0.keys += row.int64(1) }
        }
    }

    /// Destroys keys that seal nothing but what is past its time, and lets Postgres overwrite the rows.
    func destroyKeys(_ report: inout RetentionReport, _ run: Key128) throws {
        let limits = try keyLimits(at: report.at)
        var isDirty = false
        while true {
            let gone = try connection.transaction {
                let rows = try connection.query(SQL.destroyKeys, limits.parameters + [.int8(Self.keysPage)])
                return try rows.map { row in
                    var counts = RetentionReport.ShopCounts(shop: row.int32(0))
                    counts.keys = row.int64(1)
                    try RetentionBooks.add(counts, run: run, on: connection)
                    return counts
                }
            }
            if gone.isEmpty { break }
            for one in gone { report.change(one.shop) { $0.keys += one.keys } }
            isDirty = true
        }
        if isDirty { try connection.execute("vacuum registry.subject_key") }
    }

    func countQuarantine(_ report: inout RetentionReport) throws {
        let limits = try quarantineLimits(at: report.at)
        for row in try connection.query(SQL.countQuarantine, limits) {
            report.change(row.int32(0)) { $0.quarantined += row.int64(1) }
        }
    }

    /// Removes events that were put aside and are done with, or that nobody has mended.
    func clearQuarantine(_ report: inout RetentionReport, _ run: Key128) throws {
        let limits = try quarantineLimits(at: report.at)
        let gone = try connection.transaction {
            try connection.query(SQL.clearQuarantine, limits).map { row in
                var counts = RetentionReport.ShopCounts(shop: row.int32(0))
                counts.quarantined = row.int64(1)
                try RetentionBooks.add(counts, run: run, on: connection)
                return counts
            }
        }
        for one in gone { report.change(one.shop) { $0.quarantined += one.quarantined } }
    }

    private struct Limits {
        var shops: [ShopID] = []
        var times: [Int64] = []

        /// The latest first, by which the index finds what may be old enough.
        var parameters: [PostgresValue] {
            [.timestamp(times.max() ?? 0), .int4Array(shops), .timestampArray(times)]
        }
    }

    private func shops() throws(PostgresError) -> [ShopID] {
        try connection.query("select id from registry.shop order by id").map { $0.int32(0) }
    }

    private func keyLimits(at now: Int64) throws(PostgresError) -> Limits {
        var limits = Limits()
        for shop in try shops() {
            let (limit, isNever) = (now - Self.keyUseMillis).subtractingReportingOverflow(rules.longestMillis(of: shop))
            guard !isNever, limit > 0 else { continue }
            limits.shops.append(shop)
            limits.times.append(limit)
        }
        return limits
    }

    private func quarantineLimits(at now: Int64) throws(PostgresError) -> [PostgresValue] {
        let shops = [0] + (try shops())
        return [
            .timestamp(now - Self.replayedMillis), .int4Array(shops),
            .timestampArray(shops.map { now - rules.keepMillis(.quarantine, of: $0) }),
        ]
    }

    private enum SQL {
        static let agedKeys = """
            registry.subject_key k join unnest($2::int4[], $3::timestamptz[]) as l (shop_id, before)
                on l.shop_id = k.shop_id and k.created_at < l.before
            where k.created_at < $1
            """
        static let countKeys = "select k.shop_id, count(*) from \(agedKeys) group by k.shop_id order by k.shop_id"
        static let destroyKeys = """
            with aged as (select k.lane, k.key_id from \(agedKeys) limit $4),
            gone as (delete from registry.subject_key k using aged
                where k.lane = aged.lane and k.key_id = aged.key_id returning k.shop_id)
            select shop_id, count(*) from gone group by shop_id order by shop_id
            """
        static let agedQuarantine = """
            l.shop_id = q.shop_id and (q.quarantined_at < l.before or q.replayed_at < $1)
            """
        static let countQuarantine = """
            select q.shop_id, count(*) from log.quarantine q
            join unnest($2::int4[], $3::timestamptz[]) as l (shop_id, before) on \(agedQuarantine)
            group by q.shop_id order by q.shop_id
            """
        static let clearQuarantine = """
            with gone as (delete from log.quarantine q
                using unnest($2::int4[], $3::timestamptz[]) as l (shop_id, before)
                where \(agedQuarantine) returning q.shop_id)
            select shop_id, count(*) from gone group by shop_id order by shop_id
            """
    }
}
