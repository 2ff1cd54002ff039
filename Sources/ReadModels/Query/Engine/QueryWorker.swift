internal import Blocking
internal import EventModel
internal import Postgres

/// Answers the queries of some shops: one connection, one queue, and the columns of the shops that asked last.
///
/// Every shop belongs to one worker, so its columns have one owner and need no lock. Work runs in sequence.
actor QueryWorker {
    private let executor: BlockingExecutor
    private let connection: PostgresConnection
    private let budget: MemoryBudget
    private let number: Int
    private var shops: [ShopKey: CachedShop] = [:]
    private var pages: EventPages
    private var uses = 0

    init(_ configuration: PostgresConfiguration, number: Int, budget: MemoryBudget, dictionaries: PayloadDictionaries) {
        var configuration = configuration
        // The feed's statement depends on the order of its parts.
        configuration.settings["max_parallel_workers_per_gather"] = "0"
        self.executor = BlockingExecutor(label: "query.\(number)")
        self.connection = PostgresConnection(configuration)
        self.number = number
        self.budget = budget
        self.pages = EventPages(dictionaries)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Parses and answers; does not run the query where its tag is the one the caller has.
    func answer(_ request: QueryRequest) throws -> QueryOutcome {
        let news = try news(of: request.shop)
        let context = QueryContext(nowMillis: request.nowMillis, zone: request.zone, asOf: news.asOf)
        let query = try QueryParser.parse(request.body, context)
        let known =
            query.model == "sessions" ? news.asOf : try AsOfQuery.read(query.model, request.shop, connection)
        let tag = QueryTag.tag(query, request.shop, known)
        if request.knownTags.contains(tag) { return .unchanged(tag: tag) }
        let answer = try run(query, request.shop, news)
        return .answer(answer, query, tag: QueryTag.tag(query, request.shop, answer.asOf))
    }

    private func run(_ query: AnalyticsQuery, _ key: ShopKey, _ news: News) throws -> Answer {
        if query.isOfOrders { return try runOrders(query, key) }
        if let dimension = query.eventDimension { return try runEvents(query, dimension, key) }
        return try withShop(key, news) { shop, asOf in
            if query.visitColumns.contains(.returning) { shop.columns.settleReturning() }
            if query.tallies.contains(.leads) { try shop.columns.firstLeads.refresh(key, connection) }
            let matcher = PatternMatcher(connection: connection)
            let found = try VisitScan(query, over: query.range, shop.columns).run(matcher)
            let compared = try query.comparison.map { try VisitScan(query, over: $0, shop.columns).run(matcher) }
            return AnswerBuilder(query, found, comparedWith: compared).answer(asOf)
        }
    }

    /// What happens in the shop now.
    func realtime(_ key: ShopKey, nowMillis: Int64) throws -> RealtimeSnapshot {
        try withShop(key, news(of: key)) { shop, asOf in
            try shop.pulse.refresh(
                key, shop.columns, &pages, upTo: asOf.position, nowMillis: nowMillis, connection)
            return RealtimeSnapshot.take(shop.columns, shop.pulse, asOf, nowMillis: nowMillis)
        }
    }

    /// A page of the shop's sessions.
    func sessions(_ key: ShopKey, _ page: ListPage) throws -> ListAnswer<SessionRecord> {
        var list = try SessionRecord.list(key, page, connection)
        guard !list.items.isEmpty else { return list }
        try withReturning(key) { columns in
            for place in list.items.indices { list.items[place].takeReturning(columns) }
        }
        return list
    }

    /// One of the shop's sessions.
    func session(_ key: ShopKey, _ id: SessionAddress) throws -> EntryAnswer<SessionRecord?> {
        var (record, asOf) = try SessionRecord.find(key, id, connection)
        if record != nil { try withReturning(key) { record?.takeReturning($0) } }
        return EntryAnswer(entry: record, asOf: asOf)
    }

    private func withReturning(_ key: ShopKey, _ body: (ShopColumns) -> Void) throws {
        try withShop(key, news(of: key)) { shop, _ in
            shop.columns.settleReturning()
            body(shop.columns)
        }
    }

    /// Lends the connection for the queries of lists.
    func read<R: Sendable>(_ body: @Sendable (PostgresConnection) throws -> R) throws -> R {
        try body(connection)
    }

    private func runEvents(_ query: AnalyticsQuery, _ dimension: DimensionDefinition, _ key: ShopKey) throws -> Answer {
        try inSnapshot {
            let asOf = try AsOfQuery.read(query.model, key, connection)
            let found = try EventScan(query, dimension, over: query.range, key).run(connection)
            let compared = try query.comparison.map { try EventScan(query, dimension, over: $0, key).run(connection) }
            return AnswerBuilder(query, found, comparedWith: compared).answer(asOf)
        }
    }

    private func runOrders(_ query: AnalyticsQuery, _ key: ShopKey) throws -> Answer {
        try inSnapshot {
            let asOf = try AsOfQuery.read(query.model, key, connection)
            let found = try OrderScan(query, over: query.range, key).run(connection)
            let compared = try query.comparison.map { try OrderScan(query, over: $0, key).run(connection) }
            try query.checkSums(found.currencies.union(compared?.currencies ?? []))
            return AnswerBuilder(query, found, comparedWith: compared).answer(asOf)
        }
    }

    /// Reads in one state of the database.
    private func inSnapshot(_ body: () throws -> Answer) throws -> Answer {
        do {
            return try connection.transaction(isolation: .repeatableRead, readOnly: true, body)
        } catch let error as PostgresError where error.sqlState == PatternMatcher.badPattern {
            throw QueryProblem(at: "/filters", "A regular expression is malformed: \(error.message).")
        }
    }

    private typealias News = (asOf: AsOf, isKnown: Bool)

    /// How far the sessions are, and whether the shop's columns show that.
    private func news(of key: ShopKey) throws -> News {
        try SessionFeed.news(key, since: shops[key]?.asOf, connection)
    }

    /// The shop's columns, up to date. They are thrown away when their refresh fails half-way.
    private func withShop<R>(_ key: ShopKey, _ news: News, _ body: (CachedShop, AsOf) throws -> R) throws -> R {
        let shop = shops[key] ?? CachedShop(key)
        uses += 1
        shop.lastUse = uses
        do {
            if news.isKnown { shop.asOf = news.asOf } else { try SessionFeed.refresh(shop, connection) }
        } catch {
            shops[key] = nil
            throw error
        }
        shops[key] = shop
        defer { evict(but: key) }
        guard let asOf = shop.asOf else { preconditionFailure("a refresh without a state") }
        return try body(shop, asOf)
    }

    /// Gives up the shops used longest ago while all workers together hold too much.
    private func evict(but current: ShopKey) {
        while budget.isExceeded(number, shops.values.reduce(0) { $0 + $1.columns.byteCount }) {
            let victim = shops.values.filter { $0.key != current }.min { $0.lastUse < $1.lastUse }
            guard let victim else { return }
            shops[victim.key] = nil
        }
    }
}
