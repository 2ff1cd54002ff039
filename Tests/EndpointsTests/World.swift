import EventModel
import Postgres
import ReadModels
import TestSupport

/// A database with one shop and its read models, filled by hand.
struct World: Sendable {
    static let domain = "mattress.myshopify.com"
    let configuration: PostgresConfiguration
    let pool: PostgresPool
    let shop = ShopKey(lane: 1, shop: 1)

    private static let models = ["sessions", "leads", "shops", "pages", "orders", "products", "customers", "carts"]

    /// Lends a fresh world in the given zone.
    static func with<R>(timezone: String = "Europe/Berlin", _ body: (World) async throws -> R) async throws -> R {
        try await TestStores.shared.withDatabase { configuration in
            let pool = PostgresPool(configuration, size: 2)
            try await pool.run { connection in
                for model in Self.models { try makeModel(model, connection) }
                _ = try connection.query(
                    """
                    INSERT INTO registry.shop (domain, lane, account_id, timezone, currency, wrapped_key)
                    VALUES ($1, 1, 'account', $2, 'EUR', ''), ('other.myshopify.com', 2, 'other', $2, 'EUR', '')
                    """, [.text(domain), .text(timezone)])
            }
            let result = try await body(World(configuration: configuration, pool: pool))
            await pool.close()
            return result
        }
    }

    private static func makeModel(_ name: String, _ connection: PostgresConnection) throws {
        let script = try PackageFolder.text("schema/projections/\(name).sql")
        try connection.execute("CREATE SCHEMA \(name); SET search_path = \(name); \(script); RESET search_path")
        try connection.execute("INSERT INTO \(name).checkpoint VALUES (1, 0, now()), (2, 0, now())")
    }

    /// Writes sessions as one projection transaction at a position.
    func project(_ sessions: [Visit], removing: [Visit] = [], at position: Position) async throws {
        try await pool.run { connection in
            try connection.transaction {
                for visit in removing {
                    _ = try connection.query(
                        "DELETE FROM sessions.session WHERE lane = 1 AND shop_id = 1 AND visitor = $1 AND started_at = $2",
                        [visit.visitorValue, .timestamp(visit.startedAt)])
                    _ = try connection.query(
                        "INSERT INTO sessions.session_removed VALUES (1, 1, $1, $2, $3)",
                        [.int8(position), visit.visitorValue, .timestamp(visit.startedAt)])
                }
                for visit in sessions { try visit.insert(at: position, connection) }
                try Self.setLeads(sessions, removing, at: position, connection)
                _ = try connection.query(
                    "UPDATE sessions.checkpoint SET position = $1, projected_at = clock_timestamp() WHERE lane = 1",
                    [.int8(position)])
                _ = try connection.query("SELECT pg_notify('footfall_projection', $1)", [.text("1:\(position)")])
            }
        }
    }

    /// First submissions at the starts of sessions, counted and nothing more; with a lead whose version says that they
    /// changed.
    private static func setLeads(
        _ sessions: [Visit], _ removed: [Visit], at position: Position, _ connection: PostgresConnection
    ) throws {
        guard (sessions + removed).contains(where: { $0.leads > 0 }) else { return }
        for visit in sessions + removed {
            _ = try connection.query(
                "DELETE FROM leads.unlinked WHERE visitor = $1 AND at = $2",
                [visit.visitorValue, .timestamp(visit.startedAt)])
        }
        for visit in sessions {
            _ = try connection.query(
                "INSERT INTO leads.unlinked VALUES (1, 1, $1, $2, $3)",
                [visit.visitorValue, .timestamp(visit.startedAt), .int4(visit.leads)])
        }
        try connection.execute(
            """
            UPDATE leads.checkpoint SET position = \(position);
            INSERT INTO leads.lead VALUES (1, 1, '\(Key128.zero.uuid)', 3, \(position), '\(Key128.zero.uuid)', 'epoch',
                'epoch', 1, 'new', '\(Key128.zero.uuid)', 'widget', null, 0, 0, 0, 0, '')
            ON CONFLICT (lane, shop_id, handle) DO UPDATE SET version = excluded.version
            """)
    }

    /// Brings all read models to a position; the newest event of the shop itself is at `heard`.
    func advance(to position: Position, heard: Position) async throws {
        try await pool.run { connection in
            for model in Self.models {
                try connection.execute("UPDATE \(model).checkpoint SET position = \(position), projected_at = now()")
            }
            try connection.execute(
                """
                INSERT INTO shops.shop VALUES (1, 1, 'epoch', 'epoch', 'epoch', \(heard), 1, 1, 0, 0)
                ON CONFLICT (lane, shop_id) DO UPDATE SET version = excluded.version
                """)
        }
    }

    /// Numbers of visitors between a session and its copy.
    static let visitorsBetweenCopies = 1_000

    /// Makes of each session as many as `copies`, each of another visitor.
    func multiplySessions(by copies: Int) async throws {
        try await pool.run { connection in
            try connection.execute(
                """
                INSERT INTO sessions.session SELECT (visit).* FROM (
                    SELECT jsonb_populate_record(s, jsonb_build_object('visitor',
                        left(s.visitor::text, 24) || lpad(to_hex(number + n * \(Self.visitorsBetweenCopies)), 12, '0')))
                        AS visit
                    FROM sessions.session s, generate_series(1, \(copies - 1)) n,
                        LATERAL (SELECT ('x' || right(s.visitor::text, 8))::bit(32)::int AS number) v
                    OFFSET 0) visits
                """)
        }
    }

    /// Adds to the counts of event dimensions.
    func count(_ rows: [EventBucket]) async throws {
        try await pool.run { connection in for row in rows { try row.insert(connection) } }
    }
}

/// One row of `pages.event_bucket`.
struct EventBucket: Sendable {
    var dimension: String
    var value: String
    var at: String
    var events: Int64 = 1
    var pageviews: Int64 = 0
    var isBot = false

    fileprivate func insert(_ connection: PostgresConnection) throws {
        _ = try connection.query(
            "INSERT INTO pages.event_bucket VALUES (1, 1, $1, $2, $3, $4, $5, $6, 0, 0, 0, 0)",
            [
                .timestamp(instant(at) / 900_000 * 900_000), .text(dimension), .text(value), .bool(isBot),
                .int8(events),
                .int8(pageviews),
            ])
    }
}

/// One session as a test says it.
struct Visit: Sendable {
    var visitor: Int
    var startedAt: Int64
    var seconds: Double = 0
    var flags: Int32 = 0
    var kind: VisitorKind = .client
    /// The customer whom it names, by a number of the same series as visitors.
    var customer: Int?
    var leads: Int32 = 0
    /// Column names of `sessions.session`.
    var texts: [String: String] = [:]
    /// Counts by their own time, in the order of `EventCounts`.
    var activity: [(at: Int64, counts: [Int64])] = []

    init(_ visitor: Int, _ start: String, seconds: Double = 0, flags: Int32 = 0, _ texts: [String: String] = [:]) {
        self.init(visitor, at: instant(start), seconds: seconds, flags: flags, texts)
    }

    init(_ visitor: Int, at startedAt: Int64, seconds: Double = 0, flags: Int32 = 0, _ texts: [String: String] = [:]) {
        self.visitor = visitor
        self.startedAt = startedAt
        self.seconds = seconds
        self.flags = flags
        self.texts = texts
    }

    /// The same session with these events.
    func with(_ activity: [(at: String, counts: [Int64])]) -> Visit {
        var visit = self
        visit.activity = activity.map { (instant($0.at), $0.counts) }
        return visit
    }

    var visitorValue: PostgresValue { .uuid(0x5151, UInt64(visitor)) }
    var totals: [Int64] { (0..<6).map { place in activity.reduce(0) { $0 + $1.counts[place] } } }

    private static let textColumns = [
        "entry_page", "exit_page", "source", "medium", "channel", "referrer", "utm_source", "utm_medium",
        "utm_campaign", "utm_content", "utm_term", "device", "browser", "os", "country",
    ]

    fileprivate func insert(at position: Position, _ connection: PostgresConnection) throws {
        var packed = Activity()
        let steps: [EventStep] = [.other, .pageView, .productView, .addToCart, .checkout, .purchase]
        for entry in activity {
            let named = entry.counts.dropFirst().reduce(0, +)
            for _ in 0..<(entry.counts[0] - named) { packed.add(.other, at: entry.at) }
            for place in 1..<6 { for _ in 0..<entry.counts[place] { packed.add(steps[place], at: entry.at) } }
        }
        let names = Self.textColumns.joined(separator: ", ")
        let places = Self.textColumns.indices.map { "$\(16 + $0)" }.joined(separator: ", ")
        _ = try connection.query(
            """
            INSERT INTO sessions.session (lane, shop_id, visitor, started_at, ended_at, version, visitor_kind, flags,
                events, pageviews, product_views, add_to_carts, checkouts, purchases, leads, activity, state,
                positions, \(names), customer)
            VALUES (1, 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, \(places),
                $\(16 + Self.textColumns.count))
            ON CONFLICT (lane, shop_id, visitor, started_at) DO UPDATE SET ended_at = excluded.ended_at,
                version = excluded.version, flags = excluded.flags, events = excluded.events,
                pageviews = excluded.pageviews, activity = excluded.activity, source = excluded.source, customer = excluded.customer
            """,
            [
                visitorValue, .timestamp(startedAt), .timestamp(startedAt + Int64(seconds * 1000)), .int8(position),
                .int2(Int16(kind.rawValue)), .int4(flags),
            ] + totals.map { .int4(Int32($0)) } + [.int4(leads), .bytes(packed.encoded()), .bytes([])]
                + Self.textColumns.map { .text(texts[$0] ?? "") }
                + [customer.map { .uuid(0x5151, UInt64($0)) } ?? .null])
    }
}

/// What the log keeps of an event on a page, or on none.
func payload(page: String?) -> [UInt8] {
    var compressor = PayloadCompressor(.none)
    let document = page.map { "\"document\":{\"location\":{\"href\":\"https://shop.example\($0)\"}}" } ?? ""
    let json = "{\"context\":{\(document)}}"
    var block: [UInt8] = []
    compressor.compress(Array(json.utf8).span, into: &block)
    return block
}

/// Unix milliseconds of a text such as `2026-11-20T13:00:00Z`.
func instant(_ text: String) -> Int64 {
    guard let millis = Timestamp.parse(text) else { preconditionFailure("no time: \(text)") }
    return millis
}
