internal import Blocking
internal import EventLog
internal import EventModel
internal import Postgres
internal import ReadModels

/// The rebuild's own session: schemas, the lock that holds the live projectors still, comparison and switch.
actor ProjectionDesk {
    private let executor = BlockingExecutor(label: "footfall.rebuild.desk")
    private let connection: PostgresConnection
    /// A snapshot to compare in, while the lock is free again.
    private let live: ComparisonSession
    private let rebuilt: ComparisonSession
    private var indexes = LateIndexes()
    private let folder: String

    init(_ configuration: ProjectorConfiguration) {
        var database = configuration.database
        // A comparison reads whole tables; no limit but the one who started it.
        database.statementTimeoutMillis = 0
        // Here sequential scans and hash joins are right.
        for name in ProjectorConfiguration.plansAvoided { database.settings[name] = nil }
        connection = PostgresConnection(database)
        live = ComparisonSession(database)
        rebuilt = ComparisonSession(database)
        folder = configuration.schemaFolder
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Makes `NAME_next` anew for each, without the indexes that `makeIndexes` makes.
    func prepare(_ names: [String]) throws {
        try connection.transaction {
            for name in names {
                try connection.execute("drop schema if exists \(name)_next cascade")
                _ = try connection.query(
                    "delete from projection.waiting where projection = $1", [.text(name + "_next")])
                try ProjectionSchemas.create(name, as: name + "_next", connection, folder: folder)
                try indexes.takeOff(name, schema: name + "_next", connection)
            }
            try connection.execute(Self.analysis(of: names, "set (autovacuum_analyze_threshold = \(Int32.max))"))
        }
    }

    /// Makes the indexes that filling did not need, and lets statistics be taken again.
    func makeIndexes(_ names: [String]) throws {
        try indexes.make(connection)
        try connection.execute(Self.analysis(of: names, "reset (autovacuum_analyze_threshold)"))
    }

    /// Nobody plans by the statistics of a table that is being filled, and taking them again and again costs the
    /// database a fifth of what filling does.
    private static func analysis(of names: [String], _ change: String) -> String {
        """
        do $$ declare filled regclass; begin
            for filled in select oid from pg_class
                where relnamespace = any ('{\(names.map { $0 + "_next" }.joined(separator: ","))}'::regnamespace[])
                    and relkind = 'r' and relname <> 'checkpoint'
            loop execute format('alter table %s \(change)', filled); end loop;
        end $$
        """
    }

    /// Where each lane's live copies are; of several read models the one that is furthest behind.
    func positions(of names: [String], lanes: [Lane], suffix: String = "") throws -> [Lane: Position] {
        var all = Dictionary(uniqueKeysWithValues: lanes.map { ($0, Position.max) })
        for name in names {
            let rows = try connection.query("select lane, position from \(name)\(suffix).checkpoint")
            let known = Dictionary(rows.map { ($0.int16(0), $0.int64(1)) }, uniquingKeysWith: min)
            for lane in lanes { all[lane] = min(all[lane] ?? 0, known[lane] ?? 0) }
        }
        return all
    }

    /// Lets live projections' transactions end and begins no new one until `release`.
    func hold() throws {
        _ = try connection.query("select pg_advisory_lock($1, 0)", [.int4(LaneProjector.LockClass.change)])
    }

    /// Lets them go on.
    func release() throws {
        _ = try connection.query("select pg_advisory_unlock($1, 0)", [.int4(LaneProjector.LockClass.change)])
    }

    /// Fixes what `compare` sees.
    func takeSnapshot() async throws { try await rebuilt.join(live.begin()) }

    func compare(_ names: [String]) async throws -> [ProjectionComparison] {
        var comparisons: [ProjectionComparison] = []
        for name in names {
            comparisons.append(
                try await ProjectionComparison.of(name, live: name, rebuilt: name + "_next", live, rebuilt))
        }
        await live.close()
        await rebuilt.close()
        return comparisons
    }

    /// Puts the rebuilt copies in the place of the live ones, which stay as `NAME_previous`. Under `hold`.
    func switchOver(_ names: [String], detail: String) throws {
        try connection.transaction {
            for name in names {
                try connection.execute("drop schema if exists \(name)_previous cascade")
                try rename(name, to: name + "_previous")
                try rename(name + "_next", to: name)
                try ProjectionSchemas.record(name, "switched", detail: detail, connection)
            }
        }
    }

    /// Exchanges the live copy and the previous one. Under `hold`.
    func rollBack(_ name: String) throws {
        guard try ProjectionSchemas.exists(name + "_previous", connection) else {
            throw ProjectionRebuilder.Failure.nothingToRollBackTo(name)
        }
        try connection.transaction {
            try rename(name, to: name + "_exchange")
            try rename(name + "_previous", to: name)
            try rename(name + "_exchange", to: name + "_previous")
            try ProjectionSchemas.record(name, "rolled_back", connection)
        }
    }

    private func rename(_ schema: String, to name: String) throws {
        try connection.execute("alter schema \(schema) rename to \(name)")
        _ = try connection.query("delete from projection.waiting where projection = $1", [.text(name)])
        _ = try connection.query(
            "update projection.waiting set projection = $2 where projection = $1", [.text(schema), .text(name)])
    }

    func drop(_ names: [String]) throws {
        for name in names { try connection.execute("drop schema if exists \(name)_next cascade") }
    }

    /// First kept positions of the lanes from which retention has dropped something.
    func beginnings() throws -> [Lane: Position] {
        let log = LogReader(connection)
        var page = EventPage()
        var beginnings: [Lane: Position] = [:]
        for row in try connection.query("select distinct lane from log.dropped") {
            let lane = row.int16(0)
            try log.read(lane: lane, after: 0, limit: 1, into: &page)
            beginnings[lane] = try page.events.first?.position ?? log.head(lane: lane) + 1
        }
        return beginnings
    }

    /// Positions and lag of all read models.
    func list(lanes: [Lane]) throws -> [ProjectionStatus] {
        try ProjectionSchemas.names.flatMap { name in
            try connection.query(ProjectionStatus.sql(name), [.int2Array(lanes)]).map { ProjectionStatus(name, $0) }
        }
    }

    func close() async {
        connection.close()
        await live.close()
        await rebuilt.close()
    }
}
