internal import EventModel
internal import Postgres

extension LogWriter {
    /// Asks the log for identities. Keys are asked for week by week of their own time, so that each question looks only
    /// into the partitions that can hold them.
    func lookUp(_ lookups: PendingAppend.Lookups) throws(PostgresError) -> PendingAppend.Found {
        var found = PendingAppend.Found()
        let lanes = PostgresValue.int2Array(lookups.lanes)
        for group in Self.groups(lookups.keys) {
            let since = EventKey.timeMillis(group[group.startIndex]) - PendingAppend.aheadMillisMax
            let rows = try connection.query(
                SQL.contents, [lanes, .uuidArray(group.map { ($0.high, $0.low) }), .timestamp(since)])
            for row in rows { found.keys[Self.key(row)] = UInt64(bitPattern: row.int64(1)) }
        }
        if !lookups.aliases.isEmpty {
            let rows = try connection.query(
                SQL.aliasContents, [lanes, .uuidArray(lookups.aliases.map { ($0.high, $0.low) })])
            for row in rows { found.aliases[Self.key(row)] = UInt64(bitPattern: row.int64(1)) }
        }
        return found
    }

    private static func key(_ row: PostgresRow) -> Key128 {
        let (high, low) = row.uuid(0)
        return Key128(high: high, low: low)
    }

    /// Sorted keys cut where a week has passed since the group's first.
    private static func groups(_ keys: [Key128]) -> [ArraySlice<Key128>] {
        var groups: [ArraySlice<Key128>] = []
        var start = 0
        while start < keys.count {
            let until = EventKey.timeMillis(keys[start]) + AppendPlan.weekMillis
            let end = keys[start...].firstIndex { EventKey.timeMillis($0) >= until } ?? keys.endIndex
            groups.append(keys[start..<end])
            start = end
        }
        return groups
    }
}

extension LogWriter.SQL {
    static let contents = """
        select key, content from log.event where lane = any($1) and key = any($2) and received_at >= $3
        """
    static let aliasContents = "select alias, content from log.alias where lane = any($1) and alias = any($2)"
}
