internal import EventModel
internal import Postgres

/// Where the shop's leads were seen first: one entry a lead, whatever the number of its submissions. All are read anew
/// when one has changed, because leads are few.
struct FirstLeads {
    /// Leads of a visitor at one moment.
    struct Entry {
        let visitor: Key128
        /// Unix milliseconds.
        let at: Int64
        let leads: Int64
    }

    /// By visitor.
    private(set) var entries: [Entry] = []
    private var position: Position = -1
    private var generation: Int64 = 0

    /// Position and generation of the read model, and whether one of the shop's leads has changed since `$3`.
    private static let state = """
        SELECT coalesce(max(c.position), 0), 'leads.checkpoint'::regclass::oid::int8,
            $3 < coalesce((SELECT max(l.version) FROM leads.lead l WHERE l.lane = $1 AND l.shop_id = $2), -1)
        FROM leads.checkpoint c WHERE c.lane = $1
        """
    private static let all = """
        SELECT visitor, first_seen_at, 1 FROM leads.lead
        WHERE lane = $1 AND shop_id = $2 AND visitor <> '00000000-0000-0000-0000-000000000000'
        UNION ALL SELECT visitor, at, leads FROM leads.unlinked WHERE lane = $1 AND shop_id = $2
        ORDER BY 1
        """

    /// Bytes it holds on to.
    var byteCount: Int { MemoryLayout<Entry>.stride * entries.capacity }

    /// Reads on. To be called after the sessions were read, so that no lead of theirs is missing.
    mutating func refresh(_ key: ShopKey, _ connection: PostgresConnection) throws {
        let shop: [PostgresValue] = [.int2(key.lane), .int4(key.shop)]
        let state = try connection.query(Self.state, shop + [.int8(position)])[0]
        let isKnown = position >= 0 && generation == state.int64(1) && position <= state.int64(0)
        if !isKnown || state.bool(2) {
            entries = try connection.query(Self.all, shop).map { row in
                let (high, low) = row.uuid(0)
                return Entry(
                    visitor: Key128(high: high, low: low), at: row.timestampMillis(1), leads: row.int64(2))
            }
        }
        (position, generation) = (state.int64(0), state.int64(1))
    }

    /// The rows in whose sessions leads were seen first, and the leads of each. A row can stand there several times.
    func rows(_ columns: ShopColumns) -> (rows: [UInt32], leads: [Int64]) {
        var found: (rows: [UInt32], leads: [Int64]) = ([], [])
        var visitor: Key128?
        var rows: [Int] = []
        for entry in entries {
            if entry.visitor != visitor {
                visitor = entry.visitor
                rows = columns.rows(of: entry.visitor).sorted { columns.startedAt($0) < columns.startedAt($1) }
            }
            guard let row = Self.row(at: entry.at, of: rows, columns) else { continue }
            found.rows.append(UInt32(row))
            found.leads.append(entry.leads)
        }
        return found
    }

    /// The last of the rows, which are in the order of their starts, that begins at or before a moment and has not ended.
    private static func row(at moment: Int64, of rows: [Int], _ columns: ShopColumns) -> Int? {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if columns.startedAt(rows[middle]) <= moment { low = middle + 1 } else { high = middle }
        }
        return low > 0 && moment <= columns.endedAt(rows[low - 1]) ? rows[low - 1] : nil
    }
}
