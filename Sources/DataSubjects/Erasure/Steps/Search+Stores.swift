internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import Reactors
internal import ReadModels

extension RequestWork {
    /// Looks into what is neither log nor read model. Where something is left that a step can take away, what is to be
    /// done about it: a task may have ended, or an export been stored, after the step that looked for it.
    func searchStores(_ rounds: [ErasureRound]) async throws -> (counts: [String: Int64], end: RequestFlow.StepEnd?) {
        let (request, parts) = (request, parts)
        guard request.kind != .shopErasure else {
            return try await parts.pool.run { connection in
                let shop = request.shop.shop
                let models = parts.stores.projections
                let late = try AfterSearch.removeLateRows(of: shop, from: models, on: connection)
                if late > 0 { return ([:], .wait(Self.lookEvery)) }
                let counts = try AfterSearch.tables(shop, models, on: connection)
                return (counts, counts.keys.contains(where: AfterSearch.isCleared) ? .again(from: .quarantine) : nil)
            }
        }
        let counts = try await parts.pool.run { try AfterSearch.stores(request, rounds, on: $0) }
        if counts.values.contains(where: { $0 > 0 }) { return (counts, .again(from: .quarantine)) }
        let buffered = try await AfterSearch.buffered(request, rounds, parts.stores.buffer)
        return (counts.merging(buffered) { $1 }, nil)
    }
}

extension AfterSearch {
    /// Of a person, beside log and read models: set-aside events, events that wait for a read model under the person's
    /// keyed hash, tasks that are over, and what was gathered.
    static func stores(
        _ request: SubjectRequest, _ rounds: [ErasureRound], on connection: PostgresConnection
    ) throws -> [String: Int64] {
        let tasks = try connection.query(
            "select count(*) from reactor.task \(PersonTasks.full)", PersonTasks.parameters(request, rounds)
        )[0].int64(0)
        let exports = try ExportTable.living(of: rounds.owners, shop: request.shop.shop, on: connection)
        return [
            "quarantined": Int64(try QuarantineSweep.find(rounds, of: request.shop, on: connection).count),
            "waiting": try WaitingEvents.count(rounds, of: request.shop, on: connection), "tasks": tasks,
            "exports": Int64(exports.count),
        ]
    }

    /// Entries of the lane's buffer that hold a destroyed key, or something sealed under one.
    static func buffered(
        _ request: SubjectRequest, _ rounds: [ErasureRound], _ buffer: any EventBuffer
    ) async throws -> [String: Int64] {
        let needles = rounds.flatMap(\.keyIDs).flatMap(QuarantineSweep.forms)
        guard !needles.isEmpty else { return [:] }
        return ["buffered": try await buffer.count(of: needles, lanes: [request.shop.lane])]
    }

    /// Of a shop: rows of every table that has shops in it, but for what is kept of one that is forgotten, and exports.
    static func tables(
        _ shop: ShopID, _ projections: [String], on connection: PostgresConnection
    ) throws -> [String: Int64] {
        let tables = try tables(ofSchemas: schemas + projections.flatMap(Self.versions), on: connection)
        var counts = ["tables_searched": Int64(tables.count)]
        for table in tables where !kept.contains(table) {
            let rest = remains[table].map { " and \($0)" } ?? ""
            let row = try connection.query("select count(*) from \(table) where shop_id = $1\(rest)", [.int4(shop)])[0]
            if row.int64(0) > 0 { counts[rows + table] = row.int64(0) }
        }
        counts["exports"] = Int64(try ExportTable.living(shop: shop, on: connection).count)
        return counts
    }

    /// Whether a step of the protocol clears what was found under this name; it is done again then.
    static func isCleared(_ name: String) -> Bool {
        ["reactor.", "shopify.", "log.quarantine", "registry.subject_key"].contains { name.hasPrefix(rows + $0) }
    }

    private static let rows = "rows_of_"

    /// Removes rows of a forgotten shop that read models made of events behind its tombstone: those were under way when it
    /// was written. Their number; nothing can come any more when it is 0 and the buffer was drained before.
    static func removeLateRows(
        of shop: ShopID, from projections: [String], on connection: PostgresConnection
    ) throws -> Int64 {
        try tables(ofSchemas: projections, on: connection).reduce(into: 0) { count, table in
            count += Int64(
                try connection.query("delete from \(table) where shop_id = $1", [.int4(shop)]).affectedRows)
        }
    }

    private static func tables(ofSchemas names: [String], on connection: PostgresConnection) throws -> [String] {
        try connection.query(SQL.tables, [.textArray(names.map(Optional.init))]).map { $0.text(0) }
    }

    /// Ours; the database may be somebody else's too.
    private static let schemas = ["registry", "log", "projection", "reactor", "shopify", "privacy"]

    private static func versions(_ projection: String) -> [String] {
        [projection, projection + "_previous", projection + "_next"]
    }

    /// The log, whose bytes nobody can open any more; the books of requests, erasures and readers, which name nobody; how
    /// long what was to be kept.
    private static let kept: Set<String> = [
        "log.event", "privacy.request", "privacy.fence", "privacy.erasure", "privacy.opening",
        "privacy.retention_rule", "privacy.retention_outlook", "privacy.retention_result", "privacy.retention_progress",
    ]
    /// Rows that stay, without what was in them.
    private static let remains = [
        "log.quarantine": "record <> ''", "registry.api_key": "revoked_at is null",
        "reactor.task": "reactor <> '\(ReactorDesk.privacyReactor)'",
    ]

    private enum SQL {
        /// A partition's rows are its table's.
        static let tables = """
            select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attname = 'shop_id' and not a.attisdropped
            where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any($1) order by 1
            """
    }
}
