internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels

/// Finds and blanks what of a person was put aside instead of appended. Rows stay, for the accounting; their bytes go.
enum QuarantineSweep {
    /// Rows looked at in one go.
    private static let pageRows: Int64 = 500

    /// Blanks all rows of a shop; their number.
    static func blankAll(of shop: ShopKey, on connection: PostgresConnection) throws -> Int {
        try connection.query(
            "update log.quarantine \(SQL.blank) where lane = $1 and shop_id = $2 and record <> ''",
            [.int2(shop.lane), .int4(shop.shop)]
        ).affectedRows
    }

    /// Blanks the rows that are sealed under a destroyed key, or would be, and the damaged batches that carry such a key
    /// or name such a handle; their number.
    static func blank(_ rounds: [ErasureRound], of shop: ShopKey, on connection: PostgresConnection) throws -> Int {
        let ids = try find(rounds, of: shop, on: connection)
        return try connection.query("update log.quarantine \(SQL.blank) where id = any($1)", [.int8Array(ids)])
            .affectedRows
    }

    /// The rows that `blank` would blank.
    static func find(
        _ rounds: [ErasureRound], of shop: ShopKey, on connection: PostgresConnection
    ) throws -> [Int64] {
        let keys = Set(rounds.flatMap(\.keyIDs))
        let owners = rounds.owners
        var ids: [Int64] = []
        try each(of: shop, on: connection) { if concerns($1, keys, owners) { ids.append($0) } }
        return try ids + damaged(keys, owners, lane: shop.lane, on: connection)
    }

    /// The set-aside records of a shop that are not blank, with their rows' ids.
    private static func each(
        of shop: ShopKey, on connection: PostgresConnection, _ body: (Int64, [UInt8]) throws -> Void
    ) throws {
        var last = Int64.min
        while true {
            let rows = try connection.query(
                SQL.page, [.int2(shop.lane), .int4(shop.shop), .int8(last), .int8(pageRows)])
            guard let end = rows.last?.int64(0) else { return }
            last = end
            for row in rows { try body(row.int64(0), row.bytes(1)) }
        }
    }

    /// The records that are sealed as these handles': what an erasure of them would blank and can be read.
    static func records(
        of owners: Set<Handle>, shop: ShopKey, on connection: PostgresConnection, _ body: ([UInt8]) throws -> Void
    ) throws {
        try each(of: shop, on: connection) { _, record in
            guard let view = EventRecordView(record.span, at: 0),
                let owner = SealedHead(record.span.extracting(view.sealed))?.handles.first, owners.contains(owner)
            else { return }
            try body(record)
        }
    }

    /// True for a record whose sealed values belong to one of the handles.
    static func concerns(_ record: [UInt8], _ keys: Set<Key128>, _ owners: Set<Handle>) -> Bool {
        guard let view = EventRecordView(record.span, at: 0), !view.sealed.isEmpty else { return false }
        // Sealed bytes of another form cannot be told apart from the person's.
        guard let head = SealedHead(record.span.extracting(view.sealed)) else { return true }
        return keys.contains(head.keyID) || head.handles.first.map(owners.contains) ?? false
    }

    /// A batch that is damaged as a whole belongs to no shop. It carries new keys beside the events, which were never stored
    /// elsewhere: nothing names them but the handle that they were made for.
    private static func damaged(
        _ keys: Set<Key128>, _ owners: Set<Handle>, lane: Lane, on connection: PostgresConnection
    ) throws -> [Int64] {
        let needles = (keys + owners.map(\.hash)).flatMap(forms)
        guard !needles.isEmpty else { return [] }
        return try connection.query(SQL.damaged, [.int2(lane), .bytesArray(needles)]).map { $0.int64(0) }
    }

    /// As ids and hashes stand in batches: big-endian in sealed heads, and two little-endian words beside the events.
    static func forms(_ key: Key128) -> [[UInt8]] {
        let bytes = key.bytes
        return [bytes, Array(bytes[..<8].reversed() + bytes[8...].reversed())]
    }

    private enum SQL {
        static let blank =
            "set record = '', aliases = '{}', detail = 'erased', replayed_at = coalesce(replayed_at, now())"
        static let page = """
            select id, record from log.quarantine
            where lane = $1 and shop_id = $2 and id > $3 and record <> '' order by id limit $4
            """
        static let damaged = """
            select id from log.quarantine where lane = $1 and shop_id = 0 and record <> ''
                and exists (select from unnest($2::bytea[]) n (needle) where position(n.needle in record) > 0)
            """
    }
}
