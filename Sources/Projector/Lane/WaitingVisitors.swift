internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

/// Who waits in one read model of one lane: an event that could not be read holds back the later events of its visitor,
/// so that a visit is never folded around a hole; all others go on. Rows are in `projection.waiting`.
struct WaitingVisitors {
    private struct Key: Hashable {
        let shop: ShopID
        let visitor: Key128
    }

    private struct Named: Hashable {
        let shop: ShopID
        let hash: Key128
    }

    private struct Request: Hashable {
        let shop: ShopID
        let id: Key128
    }

    private var keys: Set<Key> = []
    /// Events that were read after all, to be folded with the next batch.
    private var returning: [EventFacts] = []
    /// What of the current batch has to be noted as waiting.
    private(set) var fresh: [UnreadableEvent] = []
    /// Something was noted as waiting since, or when, the rows were last looked at.
    private(set) var isAnythingWaiting = false

    var isEmpty: Bool { keys.isEmpty && returning.isEmpty }

    /// Why a later event of a waiting visitor waits.
    private static let follows = "an earlier event of its visitor waits"
    /// Begins the reason of an event that could be read and not be stored. Only a rebuild tries it again: here it would
    /// take the next batch down with it.
    static let refused = "refused by the database: "

    /// The batch without the events that wait; what newly waits is in `fresh`.
    mutating func passing(_ batch: FactBatch) -> FactBatch {
        fresh = batch.failures
        guard !isEmpty || !batch.failures.isEmpty else { return batch }
        var failures = batch.failures[...]
        var passing = batch
        passing.events = returning
        for event in batch.events {
            while let failure = failures.first, failure.position < event.position {
                hold(failure)
                failures.removeFirst()
            }
            if event.visitor != .zero, keys.contains(Key(shop: event.shop, visitor: event.visitor)) {
                fresh.append(
                    UnreadableEvent(
                        position: event.position, shop: event.shop, visitor: event.visitor, reason: Self.follows))
            } else {
                passing.events.append(event)
            }
        }
        for failure in failures { hold(failure) }
        return passing
    }

    private mutating func hold(_ failure: UnreadableEvent) {
        if failure.visitor != .zero { keys.insert(Key(shop: failure.shop, visitor: failure.visitor)) }
    }
}

extension WaitingVisitors {
    private static let select = """
        select position, shop_id, visitor, reason from projection.waiting where projection = $1 and lane = $2 order by position
        """
    private static let insert = """
        insert into projection.waiting (projection, lane, position, shop_id, visitor, reason)
        select $1, $2, * from unnest($3::int8[], $4::int4[], $5::uuid[], $6::text[]) on conflict do nothing
        """
    private static let delete = """
        delete from projection.waiting where projection = $1 and lane = $2 and position = any($3::int8[])
        """

    private static let fences = """
        select f.shop_id, f.request, f.kind, f.handle from unnest($2::int4[], $3::uuid[]) as w (shop_id, handle)
        join privacy.fence f on f.lane = $1 and f.shop_id = w.shop_id and f.handle = w.handle
        """
    private static let deleteShop = """
        delete from projection.waiting where projection = $1 and lane = $2 and shop_id = $3
        """

    /// Events tried again at once; those of a longer list wait on.
    private static let retriedMax = 1000

    /// Loads who waits, and tries their events again: those of a visitor that can all be read now are given to the
    /// next batch.
    init(_ name: String, lane: Lane, on connection: PostgresConnection, read: (Position) throws -> FactBatch) throws {
        var events: [Key: [EventFacts]] = [:]
        let rows = try connection.query(Self.select, [.text(name), .int2(lane)])
        isAnythingWaiting = !rows.isEmpty
        for (index, row) in rows.enumerated() {
            let (high, low) = row.uuid(2)
            let visitor = Key128(high: high, low: low)
            // Events without a visitor wait each for itself.
            let key = Key(
                shop: row.int32(1), visitor: visitor == .zero ? Key128(high: 0, low: UInt64(row.int64(0))) : visitor)
            // The rest of a visitor that waits anyhow need not be read.
            let isTried = index < Self.retriedMax && !keys.contains(key) && !row.text(3).hasPrefix(Self.refused)
            let batch = isTried ? try read(row.int64(0)) : nil
            if let batch, batch.failures.isEmpty {
                events[key, default: []] += batch.events
            } else {
                events[key] = nil
                keys.insert(key)
            }
        }
        returning = events.values.flatMap { $0 }.sorted { $0.position < $1.position }
    }

    /// Notes in the batch's transaction what waits now and what no longer does.
    func write(_ name: String, lane: Lane, on connection: PostgresConnection) throws {
        if !fresh.isEmpty {
            _ = try connection.query(
                Self.insert,
                [
                    .text(name), .int2(lane), .int8Array(fresh.map(\.position)), .int4Array(fresh.map(\.shop)),
                    .uuidArray(fresh.map { ($0.visitor.high, $0.visitor.low) }), .textArray(fresh.map(\.reason)),
                ])
        }
        if !returning.isEmpty {
            _ = try connection.query(
                Self.delete, [.text(name), .int2(lane), .int8Array(returning.map(\.position))])
        }
    }

    /// What was erased of the people in the events that return, while they waited.
    func tombstonesPassed(lane: Lane, on connection: PostgresConnection) throws -> [Tombstone] {
        let named = Set(returning.flatMap { event in event.handles.map { Named(shop: event.shop, hash: $0.hash) } })
        guard !named.isEmpty else { return [] }
        let keys = Array(named)
        var handles: [Request: [Handle]] = [:]
        let hashes = keys.map { ($0.hash.high, $0.hash.low) }
        for row in try connection.query(Self.fences, [.int2(lane), .int4Array(keys.map(\.shop)), .uuidArray(hashes)]) {
            let (request, hash) = (row.uuid(1), row.uuid(3))
            guard let kind = HandleKind(rawValue: UInt8(row.int16(2))) else { continue }
            let key = Request(shop: row.int32(0), id: Key128(high: request.0, low: request.1))
            handles[key, default: []].append(Handle(kind: kind, hash: Key128(high: hash.0, low: hash.1)))
        }
        return handles.map { request, handles in
            Tombstone(position: 0, shop: request.shop, request: request.id, scope: .person(handles))
        }
    }

    /// Nothing of a shop waits any more.
    mutating func forget(
        _ shop: ShopID, _ name: String, lane: Lane, on connection: PostgresConnection
    ) throws {
        _ = try connection.query(Self.deleteShop, [.text(name), .int2(lane), .int4(shop)])
        keys = keys.filter { $0.shop != shop }
    }

    /// The transaction was committed.
    mutating func confirm() {
        isAnythingWaiting = isAnythingWaiting || !fresh.isEmpty
        returning = []
        fresh = []
    }
}
