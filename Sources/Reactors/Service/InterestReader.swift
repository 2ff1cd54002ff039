internal import EventModel
internal import Postgres

/// Reads the events of a lane that some reactor is interested in. Synchronous and blocking; belongs to one actor.
///
/// Shoppers' events are by far the most, so the database leaves them out; `LogReader` would bring them all here.
struct InterestReader {
    /// A stretch of a lane.
    struct Stretch {
        let through: Position
        let events: [ReactorEvent]
    }

    /// Positions looked at in one go: some 10 ms of the database's time.
    private static let positionsMax: Int64 = 5000

    private let interests: Set<EventInterest>
    private let sources: [Int16]
    private let names: [String]
    private let opener: PayloadDecompressor

    init(_ interests: Set<EventInterest>, dictionaries: PayloadDictionaries) {
        self.interests = interests
        sources = Set(interests.map { Int16($0.source.rawValue) }).sorted()
        names = Set(interests.map(\.name)).sorted()
        opener = PayloadDecompressor(dictionaries)
    }

    /// The events after `position`; nil at the lane's head.
    func read(lane: Lane, after position: Position, on connection: PostgresConnection) throws -> Stretch? {
        let bounds = try connection.query(
            SQL.bounds, [.int2(lane), .int8(position + 1), .int8(position + Self.positionsMax)]
        ).first
        guard let bounds, let head = bounds.int64IfPresent(0), head > position else { return nil }
        let last = min(head, position + Self.positionsMax)
        let rows = try connection.query(
            SQL.events,
            [
                .int2(lane), .int8(position), .int8(last), .timestamp(bounds.timestampMillis(1)),
                .timestamp(bounds.timestampMillis(2)), .int2Array(sources), .textArray(names),
            ])
        return Stretch(through: last, events: rows.compactMap { event($0, lane) })
    }

    private func event(_ row: PostgresRow, _ lane: Lane) -> ReactorEvent? {
        let source = EventSource(rawValue: UInt8(truncatingIfNeeded: row.int16(2))) ?? .system
        let name = row.text(8)
        let isLink = row.bool(10)
        guard isLink || interests.contains(EventInterest(source, name)) else { return nil }
        let key = row.uuid(6)
        let dictionary = UInt8(truncatingIfNeeded: row.int16(3))
        let header = EventHeader(
            shop: row.int32(1), source: source, dictionary: dictionary, occurredAt: row.timestampMillis(4),
            receivedAt: row.timestampMillis(5), key: Key128(high: key.0, low: key.1),
            content: UInt64(bitPattern: row.int64(7)))
        var payload: [UInt8] = []
        do {
            try opener.open(row.bytes(9).span, dictionary: dictionary, into: &payload)
        } catch {
            // A payload that does not open asks for nothing that could be read out of it; its name may still do.
            payload = Array("{}".utf8)
        }
        return ReactorEvent(
            lane: lane, position: row.int64(0), header: header, name: name, payload: payload, isLink: isLink)
    }

    private enum SQL {
        /// The batch that holds position $2 begins at or before it.
        static let bounds = """
            select max(first_position + event_count - 1), min(received_from), max(received_to)
            from log.batch
            where lane = $1 and event_count > 0 and first_position <= $3 and first_position >= coalesce(
                (select max(first_position) from log.batch where lane = $1 and first_position <= $2), 0)
            """
        /// A sealed head (Privacy's `SealedHead`) of a webhook or of history that names handles and has no field: 18
        /// bytes, 17 a handle, of which there are 16 at most, a zero, and the 28 bytes of nonce and tag around nothing.
        static let isLink = """
            case when e.source::integer in (\(EventSource.webhook.rawValue), \(EventSource.history.rawValue))
                    and length(e.sealed) between 64 and 319
                then length(e.sealed) = 47 + 17 * get_byte(e.sealed, 17)
                    and get_byte(e.sealed, length(e.sealed) - 29) = 0
                else false end
            """
        static let events = """
            select e.position, e.shop_id, e.source, e.dictionary, e.occurred_at, e.received_at, e.key, e.content, k.name,
                e.payload, \(isLink)
            from log.event e join log.kind k on k.id = e.kind
            where e.lane = $1 and e.position > $2 and e.position <= $3 and e.received_at >= $4 and e.received_at <= $5
                and (e.source::integer = any($6::int2[]) and k.name = any($7::text[])
                    or \(isLink))
            order by e.position
            """
    }
}
