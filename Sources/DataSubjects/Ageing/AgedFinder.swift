internal import EventLog
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

/// Finds aged leads and checkouts of one shop, a bounded page at a time. Belongs to the connection's thread.
struct AgedFinder {
    /// What ages.
    enum Kind: CaseIterable {
        case leads
        case checkouts

        var subject: RetentionClass { self == .leads ? .leads : .checkouts }
    }

    /// Where a page ended.
    enum Cursor {
        case lead(Key128)
        case cart(String)
    }

    /// Some of those that are past their time.
    struct Page {
        /// What can be forgotten of them.
        var handles: [Handle] = []
        /// Leads or checkouts of which something can be.
        var count: Int64 = 0
        /// Nil at the end.
        var next: Cursor?
    }

    /// Rows of a page; a lead has two handles, a checkout up to four.
    private static let rowsMax = 200
    /// What comes late for a checkout makes it newer; a week later than that it does not come.
    private static let lateMillis: Int64 = 7 * 86_400_000

    let connection: PostgresConnection
    let shop: ShopKey
    /// Whatever happened before this moment is past its time.
    let limit: Int64

    init(_ connection: PostgresConnection, _ shop: ShopKey, before limit: Int64) {
        self.connection = connection
        self.shop = shop
        self.limit = limit
    }

    /// Shops whose people can be forgotten; of a redacted one all is.
    static func shops(_ connection: PostgresConnection) throws -> [ShopKey] {
        try connection.query("select lane, id from registry.shop where status <> 'redacted' order by id").map {
            ShopKey(lane: $0.int16(0), shop: $0.int32(1))
        }
    }

    /// Up to where all read models that decide have taken the lane in; 0 where one has not begun.
    static func projected(_ lane: Lane, on connection: PostgresConnection) throws -> Position {
        try connection.query(SQL.projected, [.int2(lane)])[0].int64(0)
    }

    func page(_ kind: Kind, after cursor: Cursor?) throws -> Page {
        switch kind {
        case .leads: try leads(after: cursor)
        case .checkouts: try checkouts(after: cursor)
        }
    }

    private func leads(after cursor: Cursor?) throws -> Page {
        var last = Key128.zero
        if case .lead(let handle) = cursor { last = handle }
        let rows = try connection.query(
            SQL.leads, key + [.uuid(last.high, last.low), .timestamp(limit), .int8(Int64(Self.rowsMax))])
        guard !rows.isEmpty else { return Page() }
        let names = rows.map { Key128($0.uuid(0)) }
        var owned: [Key128: [Key128]] = Dictionary(uniqueKeysWithValues: names.map { ($0, [$0]) })
        for row in try connection.query(SQL.leadHandles, key + [.uuidArray(names.uuids)]) {
            owned[Key128(row.uuid(0)), default: []].append(Key128(row.uuid(1)))
        }
        var judge = try AgedJudge(connection, shop, before: limit)
        try judge.consider(owned.values.flatMap { $0 })
        var page = Page()
        for name in names {
            // All of a lead or nothing: a half of it would be found again every day.
            let handles = Set(owned[name] ?? []).sorted().map { judge.contact($0) }
            guard !handles.contains(nil) else { continue }
            page.handles += handles.compactMap { $0 }
            page.count += 1
        }
        page.next = rows.count == Self.rowsMax ? names.last.map { .lead($0) } : nil
        return page
    }

    private func checkouts(after cursor: Cursor?) throws -> Page {
        var last = ""
        if case .cart(let token) = cursor { last = token }
        let through = try connection.query(SQL.progress, key).first?.timestampMillisIfPresent(0) ?? Self.lateMillis
        let rows = try connection.query(
            SQL.carts,
            key + [
                .text(last), .timestamp(through - Self.lateMillis), .timestamp(limit), .int8(Int64(Self.rowsMax)),
            ])
        guard !rows.isEmpty else { return Page() }
        let tokens = rows.map { $0.text(0) }
        let positions = try connection.query(SQL.sources, key + [.textArray(tokens)]).map { ($0.text(0), $0.int64(1)) }
        var judge = try AgedJudge(connection, shop, before: limit)
        let named = try judge.named(at: positions.map(\.1))
        let inLeads = try leadHandles(among: named.values.flatMap { $0 }.map(\.hash))
        try judge.consider(named.values.flatMap { $0 }.map(\.hash))
        var page = Page()
        for token in tokens {
            let handles = Set(positions.filter { $0.0 == token }.flatMap { named[$0.1] ?? [] })
            let going = handles.filter { handle in
                switch handle.kind {
                case .checkout, .cart: judge.isOver(handle.hash)
                // A lead has a time of its own.
                case .email, .phone: !inLeads.contains(handle.hash) && judge.contact(handle.hash) != nil
                default: false
                }
            }
            guard !going.isEmpty else { continue }
            page.handles += going.sorted { $0.hash < $1.hash }.filter { !page.handles.contains($0) }
            page.count += 1
        }
        page.next = rows.count == Self.rowsMax ? tokens.last.map { .cart($0) } : nil
        return page
    }

    private func leadHandles(among hashes: [Key128]) throws -> Set<Key128> {
        Set(try connection.query(SQL.inLeads, key + [.uuidArray(hashes.uuids)]).map { Key128($0.uuid(0)) })
    }

    /// Checkouts up to the limit have been looked at.
    func finish() throws {
        _ = try connection.query(SQL.advance, key + [.timestamp(limit)])
    }

    /// Counts, or destroys, the keys that were made for these handles before the limit; a younger one seals what is
    /// still to come.
    func keys(of handles: [Handle], destroys: Bool) throws -> Int64 {
        let sql = destroys ? SQL.destroyKeys : SQL.countKeys
        return try connection.query(sql, key + [.uuidArray(handles.map(\.hash).uuids), .timestamp(limit)])[0].int64(0)
    }

    private var key: [PostgresValue] { [.int2(shop.lane), .int4(shop.shop)] }

    private enum SQL {
        static let projected = """
            select least(coalesce((select position from subjects.checkpoint where lane = $1), 0),
                coalesce((select position from leads.checkpoint where lane = $1), 0),
                coalesce((select position from orders.checkpoint where lane = $1), 0),
                coalesce((select position from carts.checkpoint where lane = $1), 0))
            """
        static let leads = """
            select l.handle from leads.lead l
            where l.lane = $1 and l.shop_id = $2 and l.handle > $3 and l.last_seen_at < $4
                and l.status in ('new', 'contacted') and not exists (select \(LeadOrders.following))
            order by l.handle limit $5
            """
        static let leadHandles = """
            select lead, handle from leads.lead_handle where lane = $1 and shop_id = $2 and lead = any($3)
            """
        static let inLeads = """
            select distinct handle from leads.lead_handle where lane = $1 and shop_id = $2 and handle = any($3)
            """
        static let progress = "select through from privacy.retention_progress where lane = $1 and shop_id = $2"
        static let advance = """
            insert into privacy.retention_progress as p (lane, shop_id, through) values ($1, $2, $3)
            on conflict (lane, shop_id) do update set through = greatest(p.through, excluded.through)
            """
        static let carts = """
            select token from carts.cart
            where lane = $1 and shop_id = $2 and token > $3 and last_activity_at >= $4 and last_activity_at < $5
                and checkout_token is not null and completed_at is null and order_id is null
            order by token limit $6
            """
        static let sources = """
            select cart_token, source_position from carts.source
            where lane = $1 and shop_id = $2 and cart_token = any($3)
            """
        static let aged = "lane = $1 and shop_id = $2 and handle = any($3::uuid[]) and created_at < $4"
        static let countKeys = "select count(*) from registry.subject_key where \(aged)"
        static let destroyKeys = """
            with gone as (delete from registry.subject_key where \(aged) returning 1) select count(*) from gone
            """
    }
}

extension [Key128] {
    var uuids: [(UInt64, UInt64)] { map { ($0.high, $0.low) } }
}
