import EventModel
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Testing

/// An erasure leaves the index entries at events of orders that are kept; a later one, of whose order it is, takes them.
@Suite struct ErasureOfKeptOrderTests {
    private static func handle(_ kind: HandleKind, _ person: Int) -> Handle { ErasureShoppers.handle(kind, person) }
    private static let ann = [handle(.customer, 1), handle(.email, 1)]
    private static let bob = [handle(.customer, 2), handle(.email, 2), handle(.order, 8)]
    private static let eve = handle(.email, 3)

    /// An order of Bob's that names these people, too.
    private static func order(_ others: [Handle], at minute: Int64) -> ShopEvent {
        var order = OrderPayload(id: 1008, updated: Timestamp.text(ErasureShoppers.start + minute * 60_000))
        order.totalPrice = "1.00"
        var event = order.event("orders/updated")
        event.handles = (bob + others).map { ($0.kind, $0.hash.high) }
        event.time = ErasureShoppers.start + minute * 60_000
        return event
    }

    /// What the protocol does for one person: the tombstone is recorded and projected, then the fence goes up.
    private static func erase(_ handles: [Handle], request: UInt64, _ log: CommerceLog) async throws {
        try log.append([ErasureShoppers.tombstone(handles, request: request)])
        try await log.project(["subjects"])
        let fenced = handles.filter(\.isFenceable)
        let (kinds, hashes) = Handle.columns(fenced)
        _ = try log.connection.query(
            """
            insert into privacy.fence (lane, shop_id, kind, handle, request, generation)
            select $1, 1, h.kind, h.handle, gen_random_uuid(), nextval('privacy.fence_generation')
            from unnest($2::int2[], $3::uuid[]) h (kind, handle)
            """, [.int2(CommerceLog.lane), .int2Array(kinds), .uuidArray(hashes)])
    }

    private static func left(_ log: CommerceLog) throws -> [String] {
        try log.connection.query("select handle::text, position from subjects.mention order by position, handle")
            .map { "\($0.text(0)) \($0.int64(1))" }
    }

    @Test func whoWasLeftForAnothersOrderGoesWithIt() async throws {
        try await CommerceLog.with { log in
            try log.append([Self.order([Self.ann[1], Self.eve], at: 1), Self.order([Self.ann[1]], at: 2)])
            try await log.project(["subjects"])
            let before = try Self.left(log)
            try await Self.erase(Self.ann, request: 1, log)
            #expect(try Self.left(log) == before)
            try await Self.erase(Self.bob, request: 2, log)
            // Who asked for nothing is not taken along.
            #expect(try Self.left(log) == ["\(Self.eve.hash.uuid) 1"])
            let counts = try log.connection.query("select rows from privacy.redaction order by position")
            #expect(counts.map { $0.int64(0) } == [0, 8])
            let comparisons = try await ProjectionRebuilder(log.configuration).verify(["subjects"])
            #expect(comparisons.filter { !$0.isEqual } == [])
            try await Self.erase([Self.eve], request: 3, log)
            #expect(try Self.left(log) == [])
        }
    }

    /// More events of an order than are read at once.
    @Test func manyEventsOfAnOrderGoAtOnce() async throws {
        try await CommerceLog.with { log in
            try log.append((0..<1_100).map { Self.order([Self.ann[1]], at: $0) })
            try await log.project(["subjects"])
            try await Self.erase(Self.ann, request: 1, log)
            try await Self.erase(Self.bob, request: 2, log)
            #expect(try Self.left(log) == [])
        }
    }
}
