internal import EventLog
internal import EventModel
internal import Postgres
internal import ReadModels

/// Where in a lane of the log something stood that was erased.
struct LogStretch: Sendable, Equatable {
    let lane: Lane
    /// Of the person or the shop; others may lie between them.
    let events: Int64
    let range: ClosedRange<Position>

    /// A person's, as the rounds of the erasure found them; none where nothing was held.
    static func of(_ rounds: [ErasureRound], lane: Lane) -> [LogStretch] {
        let ranges = rounds.compactMap(\.range)
        guard let low = ranges.map(\.lowerBound).min(), let high = ranges.map(\.upperBound).max() else { return [] }
        return [LogStretch(lane: lane, events: rounds.map(\.events).reduce(0, +), range: low...high)]
    }

    /// A shop's, from the appends' own books: a row for hundreds of events, so that the log itself is not read but for
    /// the two ends. Events that retention has dropped since count too; where they were at an end, that end is the
    /// append's.
    static func of(_ shop: ShopID, on connection: PostgresConnection) throws -> [LogStretch] {
        var key: [UInt8] = []
        key.appendInteger(shop)
        let rows = try connection.query(SQL.appends, [.bytes(key)])
        var stretches: [LogStretch] = []
        for (lane, rows) in Dictionary(grouping: rows, by: { $0.int16(0) }).sorted(by: { $0.key < $1.key }) {
            var (events, appends): (Int64, [ClosedRange<Position>]) = (0, [])
            for row in rows {
                let committed = TallySheet(packed: row.bytes(3)).shops[shop]?.committed ?? 0
                guard committed > 0 else { continue }
                events += committed
                appends.append(row.int64(1)...row.int64(2))
            }
            guard let first = appends.first, let last = appends.last else { continue }
            let low = try ends(shop, lane, first, on: connection)?.lowerBound ?? first.lowerBound
            let high = try ends(shop, lane, last, on: connection)?.upperBound ?? last.upperBound
            stretches.append(LogStretch(lane: lane, events: events, range: low...high))
        }
        return stretches
    }

    /// The shop's first and last event among these; nil where they are dropped.
    private static func ends(
        _ shop: ShopID, _ lane: Lane, _ positions: ClosedRange<Position>, on connection: PostgresConnection
    ) throws -> ClosedRange<Position>? {
        let row = try connection.query(
            SQL.ends, [.int2(lane), .int4(shop), .int8(positions.lowerBound), .int8(positions.upperBound)])[0]
        return row.int64IfPresent(0).flatMap { low in row.int64IfPresent(1).map { low...$0 } }
    }

    private enum SQL {
        /// The shop's number may stand in a tally by chance; the books are read to be sure.
        static let appends = """
            select lane, first_position, first_position + event_count - 1, accounting from log.batch
            where event_count > 0 and position($1 in accounting) > 0 order by lane, sequence
            """
        static let ends = """
            select min(position), max(position) from log.event
            where lane = $1 and shop_id = $2 and position between $3 and $4
            """
    }
}
