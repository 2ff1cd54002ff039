package import EventModel
package import Postgres

/// Reads a lane in position order. Synchronous and blocking; belongs to one thread at a time.
///
/// What it returns is always a prefix of the lane: positions have no gaps and are committed in order, so an event that
/// is not there yet is followed by none.
package final class LogReader {
    private let connection: PostgresConnection
    private let givesContent: Bool
    private var session = IndexedSession()
    private var generation = 0

    /// The connection may be used for other work between reads, by the same thread. Without `givesContent` the headers'
    /// hashes of the contents are 0, which spares who does not ask for them a column.
    package init(_ connection: PostgresConnection, givesContent: Bool = true) {
        self.connection = connection
        self.givesContent = givesContent
    }

    /// Position of the lane's last committed event; 0 for none.
    package func head(lane: Lane) throws(PostgresError) -> Position {
        try connection.query(SQL.head, [.int2(lane)]).first?.int64(0) ?? 0
    }

    /// Replaces the page's events by up to `limit` events after `position`; returns their number, 0 at the head. Events
    /// that retention has dropped are passed over: what follows then begins at the first kept one. With `bytesMax` bytes
    /// or more the page takes in no other event, however many were asked for.
    ///
    /// `log.batch` says when they were received, so that only the partitions which hold them are opened, each by its
    /// own index on the position.
    @discardableResult
    package func read(
        lane: Lane, after position: Position, limit: Int, bytesMax: Int = .max, into page: inout EventPage
    ) throws -> Int {
        page.removeAll()
        try session.prepare(connection)
        if connection.generation != generation { page.forgetKinds() }  // maybe another database
        generation = connection.generation
        var (after, count) = (position, 0)
        while count == 0, let bounds = try bounds(lane: lane, after: after, limit: limit) {
            try fill(&page, lane, after: after, bounds, bytesMax)
            count = page.count
            page.reachesHead = bounds.last < after + Position(limit) && page.bytes.count < bytesMax
            guard count == 0 else { break }
            // A hole that the log's books do not know of is an end.
            guard let last = try droppedStretch(lane: lane, at: bounds.last) else { return 0 }
            after = last
        }
        if !page.unnamedKinds.isEmpty {
            // Kinds are committed before the first event that has them.
            let rows = try connection.query(SQL.kinds, [.int4Array(page.unnamedKinds)])
            page.name(Dictionary(rows.map { ($0.int32(0), $0.text(1)) }) { first, _ in first })
        }
        return count
    }

    /// Positions of a read that is planned once: making the plan takes as long as reading some hundred events. More are
    /// not held in memory twice, as a statement's answer is.
    private static let fewPositions: Position = 1_000

    private func fill(
        _ page: inout EventPage, _ lane: Lane, after position: Position, _ bounds: Bounds, _ bytesMax: Int
    ) throws {
        guard bounds.last - position > Self.fewPositions else {
            let rows = try connection.query(
                givesContent ? SQL.few : SQL.fewWithoutContent,
                [.int2(lane), .int8(position), .int8(bounds.last), .timestamp(bounds.from), .timestamp(bounds.to)])
            for row in rows where page.bytes.count < bytesMax { page.append(row, givesContent) }
            return
        }
        let selection = Self.selection(lane, after: position, bounds, givesContent)
        _ = try connection.copyOut("COPY (\(selection)) TO STDOUT (FORMAT binary)") { row in
            if page.bytes.count < bytesMax { page.append(row, givesContent) }
        }
    }

    /// How far all events from a dropped one on are gone for certain; nil where none was dropped at this position.
    private func droppedStretch(lane: Lane, at position: Position) throws(PostgresError) -> Position? {
        try connection.query(SQL.dropped, [.int2(lane), .int8(position)]).first?.int64IfPresent(0)
    }

    /// The events to read: the last position, and the earliest and latest time at which any of them was received.
    struct Bounds {
        let last: Position
        let from: Int64
        let to: Int64
    }

    func bounds(lane: Lane, after position: Position, limit: Int) throws(PostgresError) -> Bounds? {
        let last = position + Position(max(1, limit))
        let row = try connection.query(SQL.bounds, [.int2(lane), .int8(position + 1), .int8(last)]).first
        guard let row, let head = row.int64IfPresent(0), head > position else { return nil }
        return Bounds(last: min(last, head), from: row.timestampMillis(1), to: row.timestampMillis(2))
    }

    /// COPY takes no parameters; all that goes in are numbers and times of our own.
    static func selection(
        _ lane: Lane, after position: Position, _ bounds: Bounds, _ givesContent: Bool = true
    ) -> String {
        SQL.selection(
            "\(lane)", after: "\(position)", last: "\(bounds.last)",
            from: "timestamptz '\(Timestamp.text(bounds.from))'",
            to: "timestamptz '\(Timestamp.text(bounds.to))'", givesContent)
    }

    private enum SQL {
        static let few = selection("$1", after: "$2", last: "$3", from: "$4", to: "$5", true)
        static let fewWithoutContent = selection("$1", after: "$2", last: "$3", from: "$4", to: "$5", false)

        /// Small columns go together into two numbers: to send one costs the server more than to put it there.
        static func selection(
            _ lane: String, after: String, last: String, from: String, to: String, _ givesContent: Bool
        ) -> String {
            """
            select position, (shop_id::int8 << 32) | kind,
                (((source::int4 << 24) | ((flags::int4 & 255) << 16) | ((visitor_kind::int4 & 255) << 8)
                    | (dictionary::int4 & 255))::int8 << 16) | (country & 65535),
                occurred_at, received_at, key, visitor, payload, sealed\(givesContent ? ", content" : "")
            from log.event
            where lane = \(lane) and position > \(after) and position <= \(last)
                and received_at >= \(from) and received_at <= \(to)
            order by position
            """
        }

        /// A stretch that was not dropped whole holds events of other weeks, which are kept.
        static let dropped = """
            select max(case when event_count = last_position - first_position + 1 then last_position else $2 end)
            from log.dropped where lane = $1 and first_position <= $2 and last_position >= $2
            """
        static let kinds = "select id, name from log.kind where id = any($1)"
        static let head = """
            select first_position + event_count - 1 from log.batch where lane = $1 order by sequence desc limit 1
            """
        /// The batch that holds position $2 begins at or before it.
        static let bounds = """
            select max(first_position + event_count - 1), min(received_from), max(received_to)
            from log.batch
            where lane = $1 and event_count > 0 and first_position <= $3 and first_position >= coalesce(
                (select max(first_position) from log.batch where lane = $1 and first_position <= $2), 0)
            """
    }
}

extension EventPage {
    /// Takes in a row of `LogReader.selection`.
    fileprivate mutating func append<Row: SelectedRow & ~Copyable>(_ row: borrowing Row, _ givesContent: Bool) {
        let (shopAndKind, marks) = (row.int64(1), row.int64(2))
        let (key, visitor) = (row.uuid(5), row.uuid(6))
        let header = EventHeader(
            shop: ShopID(truncatingIfNeeded: shopAndKind >> 32),
            source: EventSource(rawValue: UInt8(truncatingIfNeeded: marks >> 40)) ?? .system,
            flags: EventFlags(rawValue: UInt8(truncatingIfNeeded: marks >> 32)),
            visitorKind: VisitorKind(rawValue: UInt8(truncatingIfNeeded: marks >> 24)) ?? .none,
            dictionary: UInt8(truncatingIfNeeded: marks >> 16),
            country: CountryCode(rawValue: UInt16(truncatingIfNeeded: marks)),
            occurredAt: row.timestampMillis(3), receivedAt: row.timestampMillis(4),
            key: Key128(high: key.0, low: key.1), content: givesContent ? UInt64(bitPattern: row.int64(9)) : 0,
            visitor: Key128(high: visitor.0, low: visitor.1))
        let kind = kindIndex(Int32(truncatingIfNeeded: shopAndKind))
        let payloadStart = bytes.count
        row.append(7, to: &bytes)
        let sealedStart = bytes.count
        row.append(8, to: &bytes)
        events.append(
            LoggedEvent(
                position: row.int64(0), header: header, kind: kind, payload: payloadStart..<sealedStart,
                sealed: sealedStart..<bytes.count))
    }
}

/// A row of `LogReader.selection`, however it was asked for.
private protocol SelectedRow: ~Copyable {
    func int64(_ column: Int) -> Int64
    func uuid(_ column: Int) -> (UInt64, UInt64)
    func timestampMillis(_ column: Int) -> Int64
    func append(_ column: Int, to buffer: inout [UInt8])
}

extension PostgresRow: SelectedRow {}
extension PostgresCopyRow: SelectedRow {}
