internal import EventLog
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

/// Says of handles whether they can be forgotten: no event after the limit names them, and none at all names them
/// together with a customer or an order. Belongs to the connection's thread.
struct AgedJudge {
    private struct Mentions {
        let kind: HandleKind?
        let positions: [Position]
    }

    /// Of a handle with more events nothing is forgotten here; it is somebody busy, and no stale lead.
    private static let mentionsMax: Int64 = 200

    private let connection: PostgresConnection
    private let shop: ShopKey
    private let reader: LogReader
    /// Up to here all events were received before the limit.
    private let old: Position
    private var page = EventPage()
    private var mentions: [Key128: Mentions] = [:]
    /// Handles in the head of an event.
    private var heads: [Position: [Handle]] = [:]

    init(_ connection: PostgresConnection, _ shop: ShopKey, before limit: Int64) throws {
        self.connection = connection
        self.shop = shop
        reader = LogReader(connection)
        let first = try connection.query(Self.firstNew, [.int2(shop.lane), .timestamp(limit)]).first
        old = try first.map { $0.int64(0) - 1 } ?? reader.head(lane: shop.lane)
    }

    /// Looks up where these handles are named, and with whom.
    mutating func consider(_ hashes: [Key128]) throws {
        let new = Set(hashes).subtracting(mentions.keys)
        guard !new.isEmpty else { return }
        var found: [Key128: (kind: HandleKind?, positions: [Position])] = [:]
        let parameters: [PostgresValue] = [
            .int2(shop.lane), .int4(shop.shop), .uuidArray(Array(new).uuids), .int8(Self.mentionsMax + 1),
        ]
        for row in try connection.query(Self.mentioned, parameters) {
            let kind = UInt8(exactly: row.int64(1)).flatMap { HandleKind(rawValue: $0) }
            found[Key128(row.uuid(0)), default: (kind, [])].positions.append(row.int64(2))
        }
        for hash in new {
            mentions[hash] = Mentions(kind: found[hash]?.kind, positions: found[hash]?.positions ?? [])
        }
        _ = try named(at: new.flatMap { hash in isOver(hash) ? mentions[hash]?.positions ?? [] : [] })
    }

    /// Handles of the events at these positions.
    mutating func named(at positions: [Position]) throws -> [Position: [Handle]] {
        let wanted = Set(positions).filter { heads[$0] == nil }
        for run in PersonEvents.runs(wanted.sorted()) {
            try reader.read(
                lane: shop.lane, after: run.lowerBound - 1, limit: Int(run.upperBound - run.lowerBound + 1),
                into: &page)
            for event in page.events where wanted.contains(event.position) && event.header.shop == shop.shop {
                heads[event.position] = SealedHead(page.bytes.span.extracting(event.sealed))?.handles ?? []
            }
        }
        return heads
    }

    /// The handle is named, and by nothing newer than the limit.
    func isOver(_ hash: Key128) -> Bool {
        guard let found = mentions[hash], !found.positions.isEmpty, found.positions.count <= Int(Self.mentionsMax)
        else { return false }
        return found.positions.allSatisfy { $0 <= old }
    }

    /// The e-mail address or phone where it can be forgotten.
    func contact(_ hash: Key128) -> Handle? {
        guard isOver(hash), let found = mentions[hash], let kind = found.kind, kind == .email || kind == .phone,
            !found.positions.flatMap({ heads[$0] ?? [] }).contains(where: { $0.kind == .customer || $0.kind == .order })
        else { return nil }
        return Handle(kind: kind, hash: hash)
    }

    /// In the order of positions each week gives its first, by its index.
    private static let firstNew = """
        select position from log.event where lane = $1 and received_at >= $2 order by position limit 1
        """
    private static let mentioned = """
        select w.handle, m.kind, m.position from unnest($3::uuid[]) as w (handle) cross join lateral (
            select kind, position from subjects.mention m
            where m.lane = $1 and m.shop_id = $2 and m.handle = w.handle order by m.position desc limit $4) m
        """
}
