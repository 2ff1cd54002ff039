import EventModel
import Postgres
import ReadModels
import TestSupport
import Testing

/// What a page of the data lists costs in a shop with a hundred thousand entries, beside another shop: rows that Postgres
/// looks at, counted by itself while the real reader asks. A page reads what it shows and little more.
@Suite struct SearchPlanTests {
    static let entries: Int64 = 100_000
    static let shop = ShopKey(lane: 1, shop: 1)
    static let context = SearchContext(zone: .utc, now: 0) { _, value in
        Key128(high: 0, low: UInt64(value.filter(\.isNumber)) ?? 0)
    }

    private static let shops = """
        insert into registry.shop (id, domain, lane, account_id, timezone, currency, wrapped_key)
        overriding system value
        select s, s || '.myshopify.com', 1, 'account ' || s, 'UTC', 'EUR', '' from generate_series(1, 2) s
        """

    /// Entry `i` of shop `s` was made in minute `i`, and is of customer `i`.
    private static let orders = """
        insert into orders.shop_order (lane, shop_id, id, version, name, created_at, ordered_at, updated_at, is_test,
            is_deleted, currency, presentment_currency, exponent, taxes_included, gross, discounts, shipping, tax, duties,
            total, refunded, units, source_name, tags, discount_codes, gateways, cart_token, checkout_token, customer,
            email, position)
        select 1, s, i, 0, '#' || i, at, at, at, false, false, 'EUR', 'EUR', 2, false, 0, 0, 0, 0, 0, 0, 0, 1, 'web',
            '{}', '{}', '{}', '', '', handle, handle, 0
        from generate_series(1, 2) s, generate_series(1, $1 / (s * s * s)) i,
            lateral (select 'epoch'::timestamptz + i * interval '1 minute', lpad(to_hex(i), 32, '0')::uuid) x (at, handle)
        """
    private static let transactions = """
        insert into orders.transaction (lane, shop_id, order_id, id, kind, status, gateway, amount, currency, exponent,
            is_test)
        select 1, s, i, i * 3, 'sale', 'success', '', 1, 'EUR', 2, false
        from generate_series(1, 2) s, generate_series(1, $1 / (s * s * s)) i
        """
    private static let customers = """
        insert into customers.customer (lane, shop_id, handle, version, position, created_at, updated_at, email)
        select 1, s, handle, 0, 1, at, at, handle
        from generate_series(1, 2) s, generate_series(1, $1 / (s * s * s)) i,
            lateral (select 'epoch'::timestamptz + i * interval '1 minute', lpad(to_hex(i), 32, '0')::uuid) x (at, handle)
        """
    /// Names as catalogues have them: some words that many share, and one of their own.
    private static let products = """
        insert into products.product (lane, shop_id, id, version, title, words, created_at, updated_at)
        select 1, s, i, 0, 'thing' || i, ('thing' || i || ':1A kind' || i % 997 || ':2A')::tsvector, at, at
        from generate_series(1, 2) s, generate_series(1, $1 / (s * s * s)) i,
            lateral (select 'epoch'::timestamptz + i * interval '1 minute') x (at)
        """

    private static func with(
        _ model: String, _ statements: [String], _ body: (PostgresConnection) throws -> Void
    ) async throws {
        try await TestStores.shared.withDatabase { database in
            let connection = PostgresConnection(database)
            defer { connection.close() }
            try Row.createSchema(model, connection)
            // Its version is in the answers' tags.
            try Row.createSchema("shops", connection)
            try connection.execute(Self.shops)
            for statement in statements { _ = try connection.query(statement, [.int8(entries)]) }
            for table in ["orders.shop_order", "orders.transaction", "customers.customer", "products.product"]
            where table.hasPrefix(model) {
                try connection.execute("analyze \(table)")
            }
            try body(connection)
        }
    }

    /// Rows of the model's tables that have been read so far, by whatever plan.
    private static func rowsRead(_ model: String, _ connection: PostgresConnection) throws -> Int64 {
        _ = try connection.query("select pg_stat_force_next_flush()")
        _ = try connection.query("select pg_stat_clear_snapshot()")
        return try connection.query(
            """
            select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::int8 from pg_stat_user_tables
            where schemaname = $1
            """, [.text(model)])[0].int64(0)
    }

    /// The ids of a page and how many rows it took.
    private static func page<Record: CommerceRecord>(
        _: Record.Type, _ search: String, order: Int64? = nil, _ connection: PostgresConnection
    ) throws -> (entries: Int, rows: Int64) {
        let before = try rowsRead(Record.model, connection)
        let request = CommerceRequest(
            shop: shop, page: ListPage(first: 20), search: search, orderID: order, context: context)
        guard case .page(let list, _, _) = try CommerceListReader<Record>.read(request, connection) else {
            return (0, 0)
        }
        return (list.items.count, try rowsRead(Record.model, connection) - before)
    }

    /// Rows that a page of 20 may cost: itself, what hangs on it, and pages of the index around it.
    private static let rowsMax: Int64 = 400

    private func expect<Record: CommerceRecord>(
        _ type: Record.Type, _ search: String, _ count: Int, order: Int64? = nil, _ connection: PostgresConnection,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (entries, rows) = try Self.page(type, search, order: order, connection)
        #expect(entries == count, "\(search)", sourceLocation: sourceLocation)
        #expect(rows <= Self.rowsMax, "\(search): \(rows) rows", sourceLocation: sourceLocation)
    }

    @Test func orders() async throws {
        try await Self.with("orders", [Self.orders, Self.transactions]) { connection in
            // Minute 99,990 is 1970-03-11T10:30.
            try self.expect(OrderRecord.self, "", 20, connection)
            try self.expect(OrderRecord.self, "created_at:>='1970-03-11T10:30:00Z'", 11, connection)
            try self.expect(OrderRecord.self, "created_at:<'1970-01-01T00:05:00Z'", 4, connection)
            try self.expect(OrderRecord.self, "updated_at:>='1970-03-11T10:30:00Z'", 11, connection)
            try self.expect(OrderRecord.self, "updated_at:<'1970-01-01T00:05:00Z'", 4, connection)
            try self.expect(OrderRecord.self, "id:77", 1, connection)
            try self.expect(OrderRecord.self, "name:#77", 1, connection)
            try self.expect(OrderRecord.self, "email:'77@example.com'", 1, connection)
            try self.expect(OrderRecord.self, "customer_id:77", 1, connection)
            try self.expect(OrderRecord.self, "", 1, order: 77, connection)
        }
    }

    @Test func transactions() async throws {
        try await Self.with("orders", [Self.transactions]) { connection in
            try self.expect(TransactionRecord.self, "", 20, connection)
            try self.expect(TransactionRecord.self, "id:231", 1, connection)
            try self.expect(TransactionRecord.self, "order_id:77", 1, connection)
            try self.expect(TransactionRecord.self, "", 1, order: 77, connection)
        }
    }

    @Test func customers() async throws {
        try await Self.with("customers", [Self.customers]) { connection in
            try self.expect(CustomerRecord.self, "", 20, connection)
            try self.expect(CustomerRecord.self, "created_at:>='1970-03-11T10:30:00Z'", 11, connection)
            try self.expect(CustomerRecord.self, "updated_at:>='1970-03-11T10:30:00Z'", 11, connection)
            try self.expect(CustomerRecord.self, "id:77", 1, connection)
            try self.expect(CustomerRecord.self, "email:'77@example.com'", 1, connection)
        }
    }

    @Test func products() async throws {
        try await Self.with("products", [Self.products]) { connection in
            try self.expect(ProductRecord.self, "", 20, connection)
            try self.expect(ProductRecord.self, "id:77", 1, connection)
            try self.expect(ProductRecord.self, "title:thing77", 1, connection)
            try self.expect(ProductRecord.self, "thing77 OR thing78", 2, connection)
        }
    }
}
