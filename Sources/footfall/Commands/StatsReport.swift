internal import Drain
internal import EventLog
internal import EventModel
internal import Postgres
internal import Redis
internal import Registry

/// What `log stats --json` prints. Of a log that grows the numbers are of moments close to each other, so that what is
/// drained meanwhile may stand in both `committed` and `in_flight`; the difference holds at any moment.
struct StatsReport: Encodable, Sendable {
    struct Shop: Encodable, Sendable {
        let shop: String
        /// The sum of the others.
        let received: Int64
        let committed: Int64
        let duplicate: Int64
        let quarantined: Int64
        let refused: Int64
        let in_flight: Int64
    }

    let events: Int64
    let bytes: Int64
    let bytes_per_event: Int64
    let quarantine_open: Int64
    /// All that came in, by shops and what was lost before its shop was known.
    let received: Int64
    let in_flight: Int64
    /// Confirmed by the buffer and lost with it.
    let lost: Int64
    let difference: Int64
    /// False: Redis did not answer, so that nothing is known of what it holds.
    let buffer_asked: Bool
    let shops: [Shop]

    /// Nobody waits longer than this for a Redis that hangs.
    private static let redisTimeoutMillis = 1000

    init(_ connection: PostgresConnection, _ redis: RedisConfiguration) throws {
        var redis = redis
        redis.timeoutMillis = Self.redisTimeoutMillis
        let lanes = try ShopRegistry.lanes(on: connection)
        let stats = try LogStats(connection)
        let waiting = try Self.waiting(lanes, connection, redis)
        let balance = try BufferBalance(
            lanes: lanes, log: connection, redis: waiting == nil ? nil : RedisConnection(redis))
        let books = try LogAccounting(connection).report(lanes: lanes)
        let domains = Dictionary(uniqueKeysWithValues: try ShopRegistry.list(on: connection).map { ($0.id, $0.domain) })
        events = stats.events
        bytes = stats.bytes
        bytes_per_event = stats.events > 0 ? stats.bytes / stats.events : 0
        quarantine_open = stats.quarantineOpen
        buffer_asked = waiting != nil
        in_flight = waiting?.total.received ?? 0
        lost = balance.lost
        received = books.total.received + in_flight + balance.lost
        difference = books.difference + balance.lost
        let ids = Set(books.shops.keys).union(waiting?.shops.keys.map(\.self) ?? [])
        shops = ids.map { id in
            let (tally, flight) = (books.shops[id] ?? ShopTally(), waiting?.shops[id]?.received ?? 0)
            return Shop(
                shop: domains[id] ?? "#\(id)", received: tally.received + flight, committed: tally.committed,
                duplicate: tally.duplicate, quarantined: tally.quarantined, refused: tally.refused, in_flight: flight)
        }.sorted { $0.shop < $1.shop }
    }

    /// What lies in the buffer and not in the log; nil where Redis does not answer.
    private static func waiting(
        _ lanes: [Lane], _ connection: PostgresConnection, _ configuration: RedisConfiguration
    ) throws(PostgresError) -> TallySheet? {
        let redis = RedisConnection(configuration)
        var sheet = TallySheet()
        for lane in lanes {
            let cursor = try LogWriter(connection).head(lane: lane).cursor
            guard let flight = try? InFlight(lane: lane, after: cursor, redis) else { return nil }  // it is away
            sheet.add(flight.sheet)
        }
        return sheet
    }
}
