internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

/// `privacy.fence` and `privacy.process`.
enum FenceTable {
    /// A row's kind and handle.
    struct Row: Sendable, Equatable {
        let kind: UInt8
        let handle: Key128
    }

    /// Stands for everything of a shop: no handle's kind is 0.
    static let wholeShop = [Row(kind: 0, handle: .zero)]

    /// The rows of a round.
    static func rows(_ round: ErasureRound, _ request: Key128) -> [Row] {
        Handle.fenced(round.handles, by: request).map { Row(kind: $0.kind.rawValue, handle: $0.hash) }
    }

    /// The fence around everything of a shop is up.
    static func isWhole(_ shop: ShopKey, on connection: PostgresConnection) throws -> Bool {
        try !connection.query(
            "select from privacy.fence where lane = $1 and shop_id = $2 and kind = 0",
            [.int2(shop.lane), .int4(shop.shop)]
        ).isEmpty
    }

    /// The fence is around each of the handles that can be fenced.
    static func isFenced(_ handles: [Handle], of shop: ShopKey, on connection: PostgresConnection) throws -> Bool {
        let (kinds, hashes) = Handle.columns(handles.filter(\.isFenceable))
        return try connection.query(
            """
            select from unnest($3::int2[], $4::uuid[]) as h (kind, handle) where not exists (
                select from privacy.fence f
                where f.lane = $1 and f.shop_id = $2 and f.kind = h.kind and f.handle = h.handle)
            """, [.int2(shop.lane), .int4(shop.shop), .int2Array(kinds), .uuidArray(hashes)]
        ).isEmpty
    }

    /// The number of the newest fence of a shop; 0 where there is none.
    static func newest(of shop: ShopKey, on connection: PostgresConnection) throws -> Int64 {
        try connection.query(
            "select coalesce(max(generation), 0) from privacy.fence where lane = $1 and shop_id = $2",
            [.int2(shop.lane), .int4(shop.shop)])[0].int64(0)
    }

    /// Whether any of the handles, or the whole shop, was fenced behind this number.
    static func holds(
        _ handles: [Handle], of shop: ShopKey, after generation: Int64, on connection: PostgresConnection
    ) throws -> Bool {
        try !connection.query(
            """
            select from privacy.fence where lane = $1 and shop_id = $2 and generation > $3
                and (kind = 0 or handle = any($4)) limit 1
            """,
            [
                .int2(shop.lane), .int4(shop.shop), .int8(generation),
                .uuidArray(handles.map { ($0.hash.high, $0.hash.low) }),
            ]
        ).isEmpty
    }

    /// Writes rows with a new number, which is returned. The numbers are committed in their order: the lock is held until
    /// the transaction's end.
    static func raise(
        _ rows: [Row], shop: ShopKey, request: Key128, on connection: PostgresConnection
    ) throws -> Int64 {
        _ = try connection.query("select pg_advisory_xact_lock($1, 0)", [.int4(SQL.lockClass)])
        let generation = try connection.query("select nextval('privacy.fence_generation')")[0].int64(0)
        _ = try connection.query(
            SQL.raise,
            [
                .int2(shop.lane), .int4(shop.shop), .int2Array(rows.map { Int16($0.kind) }),
                .uuidArray(rows.map { ($0.handle.high, $0.handle.low) }), .uuid(request.high, request.low),
                .int8(generation),
            ])
        return generation
    }

    private enum SQL {
        /// First key of the advisory lock of fences. "FFFN".
        static let lockClass: Int32 = 0x4646_464E
        static let raise = """
            insert into privacy.fence (lane, shop_id, kind, handle, request, generation)
            select $1, $2, h.kind, h.handle, $5, $6 from unnest($3::int2[], $4::uuid[]) as h (kind, handle)
            on conflict (lane, shop_id, handle) do update set generation = excluded.generation
            """
    }
}
