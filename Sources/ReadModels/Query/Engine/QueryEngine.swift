package import EventModel
package import Postgres
internal import Synchronization

/// A query as it came in, for one shop.
package struct QueryRequest: Sendable {
    package var shop: ShopKey
    /// The shop's own zone.
    package var zone: Zone
    package var body: JSONValue
    package var nowMillis: Int64
    /// Tags of answers that the caller has.
    package var knownTags: Set<String>

    /// Names everything that the answer depends on beside the read models.
    package init(shop: ShopKey, zone: Zone, body: JSONValue, nowMillis: Int64, knownTags: Set<String> = []) {
        self.shop = shop
        self.zone = zone
        self.body = body
        self.nowMillis = nowMillis
        self.knownTags = knownTags
    }
}

/// What became of a query.
package enum QueryOutcome: Sendable {
    case unchanged(tag: String)
    case answer(Answer, AnalyticsQuery, tag: String)
}

/// Answers queries over sessions from columns in memory and queries over event dimensions from Postgres.
///
/// Takes a fixed number of connections. What a shop asks runs in sequence; more than `waitingMaxPerShop` requests at a
/// time are refused. `QueryProblem` is thrown for what cannot be answered, `PostgresError` where the database is away.
package final class QueryEngine: Sendable {
    /// A page asks a dozen queries at once; several pages of one shop are served, a flood is not.
    package static let waitingMaxPerShop = 64
    /// Columns of all shops in memory: one shop of 1.5 million sessions, or hundreds of usual ones.
    package static let bytesMax = 160 << 20

    private let workers: [QueryWorker]
    private let budget: MemoryBudget
    private let waiting = Mutex<[ShopKey: Int]>([:])
    private let drainedUntil: @Sendable (Int64) async -> Int64

    /// Connects each worker at its first use. `dictionaries` open the payloads of realtime's newest events.
    /// `drainedUntil` is asked, at a Unix time in milliseconds, up to when all that was received has left the buffer: no
    /// answer is complete beyond that.
    package init(
        _ configuration: PostgresConfiguration, workers: Int = 2, bytesMax: Int = QueryEngine.bytesMax,
        dictionaries: PayloadDictionaries = .none,
        drainedUntil: @escaping @Sendable (Int64) async -> Int64 = { $0 }
    ) {
        self.drainedUntil = drainedUntil
        precondition(workers > 0, "an engine needs a worker")
        let budget = MemoryBudget(bytesMax: bytesMax)
        self.budget = budget
        self.workers = (0..<workers).map {
            QueryWorker(configuration, number: $0, budget: budget, dictionaries: dictionaries)
        }
    }

    /// Bytes that the columns of all shops take, as of each worker's last query.
    package var cacheBytes: Int { budget.total }

    /// Parses and answers a query.
    package func answer(_ request: QueryRequest) async throws -> QueryOutcome {
        try await dated(request.shop, request.nowMillis) { try await $0.answer(request) }
    }

    /// What happens in the shop now.
    package func realtime(_ shop: ShopKey, nowMillis: Int64) async throws -> RealtimeSnapshot {
        try await dated(shop, nowMillis) { try await $0.realtime(shop, nowMillis: nowMillis) }
    }

    /// A page of the shop's sessions.
    package func sessions(
        _ shop: ShopKey, _ page: ListPage, nowMillis: Int64
    ) async throws -> ListAnswer<SessionRecord> {
        try await dated(shop, nowMillis) { try await $0.sessions(shop, page) }
    }

    /// One of the shop's sessions by its id; nil where the shop has none.
    package func session(
        _ shop: ShopKey, _ id: SessionAddress, nowMillis: Int64
    ) async throws -> (SessionRecord?, AsOf) {
        let answer = try await dated(shop, nowMillis) { try await $0.session(shop, id) }
        return (answer.entry, answer.asOf)
    }

    /// Runs the query of a list.
    package func read<Answer: DatedAnswer>(
        _ shop: ShopKey, nowMillis: Int64, _ body: @Sendable (PostgresConnection) throws -> Answer
    ) async throws -> Answer {
        try await dated(shop, nowMillis) { try await $0.read(body) }
    }

    /// The same of a single entry.
    package func read<Entry: Sendable>(
        _ shop: ShopKey, nowMillis: Int64, _ body: @Sendable (PostgresConnection) throws -> (Entry, AsOf)
    ) async throws -> (Entry, AsOf) {
        let answer = try await dated(shop, nowMillis) { worker in
            try await worker.read { connection in
                let (entry, asOf) = try body(connection)
                return EntryAnswer(entry: entry, asOf: asOf)
            }
        }
        return (answer.entry, answer.asOf)
    }

    /// What a worker answers, not said to be complete beyond what has left the buffer.
    private func dated<Answer: DatedAnswer>(
        _ shop: ShopKey, _ nowMillis: Int64, _ body: (QueryWorker) async throws -> Answer
    ) async throws -> Answer {
        try enter(shop)
        defer { leave(shop) }
        // Before the read models are looked at, so that what leaves the buffer meanwhile is not taken for projected.
        let drained = await drainedUntil(nowMillis)
        var answer = try await body(worker(shop))
        answer.isComplete(atMostUntil: drained)
        return answer
    }

    private func worker(_ shop: ShopKey) -> QueryWorker {
        workers[Int(shop.shop) % workers.count]
    }

    /// Refuses what would be too much for one shop at a time.
    private func enter(_ shop: ShopKey) throws {
        let isFree = waiting.withLock { waiting in
            guard waiting[shop, default: 0] < Self.waitingMaxPerShop else { return false }
            waiting[shop, default: 0] += 1
            return true
        }
        guard isFree else {
            throw QueryProblem(.tooMany, at: "", "Too many queries of this shop are under way; ask again in a second.")
        }
    }

    private func leave(_ shop: ShopKey) {
        waiting.withLock { waiting in
            let left = waiting[shop, default: 1] - 1
            waiting[shop] = left == 0 ? nil : left
        }
    }
}
