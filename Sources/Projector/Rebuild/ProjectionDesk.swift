internal import Blocking
internal import EventModel
internal import Postgres
internal import ReadModels

/// The rebuild's own session: schemas, the lock that holds the live projectors still, and the switch.
actor ProjectionDesk {
    private let executor = BlockingExecutor(label: "footfall.rebuild.desk")
    private let connection: PostgresConnection
    private var indexes = LateIndexes()
    private var made: Result<Void, any Error>?
    private let folder: String

    /// `folder` has the read models' files.
    init(_ database: PostgresConfiguration, folder: String) {
        connection = PostgresConnection(database)
        self.folder = folder
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Makes `NAME_next` anew for each, without the indexes that `complete` makes. Once, however often it is asked for.
    func prepare(_ names: [String], lanes: [Lane]) throws {
        let made = self.made ?? Result { try make(names, lanes) }
        self.made = made
        try made.get()
    }

    private func make(_ names: [String], _ lanes: [Lane]) throws {
        let copies = names.map { $0 + "_next" }
        // Until the session ends: erasures wait for copies that are being filled, and for no others.
        try RebuildLock.hold(on: connection)
        try connection.transaction {
            try connection.execute(Self.withoutWaiting)
            try connection.execute("drop schema if exists \(copies.joined(separator: ", ")) cascade")
            _ = try connection.query("delete from projection.waiting where projection = any($1)", [.textArray(copies)])
            for (name, copy) in zip(names, copies) {
                try ProjectionSchemas.create(name, as: copy, connection, folder: folder)
                try indexes.takeOff(name, schema: copy, connection)
            }
            try connection.execute(
                Self.analysis(of: copies, "set (autovacuum_analyze_threshold = \(Int32.max))")
                    + Self.checkpoints(of: copies, lanes))
        }
    }

    /// Nobody reads the copies before the switch, whose own commit makes all before it durable.
    private static let withoutWaiting = "set local synchronous_commit = off"

    private static func checkpoints(of copies: [String], _ lanes: [Lane]) -> String {
        let lanes = lanes.map(String.init).joined(separator: ",")
        return copies.map {
            "insert into \($0).checkpoint (lane, position) select lane, 0 from unnest('{\(lanes)}'::int2[]) lane;"
        }.joined()
    }

    /// Makes the indexes that filling did not need, and takes statistics of what rows are found by; those of all columns
    /// the database takes by itself, as soon as it looks. While copies are compared, which takes all other cores.
    func complete(_ names: [String]) throws {
        let copies = names.map { $0 + "_next" }
        try connection.transaction {
            try connection.execute(
                Self.withoutWaiting + "; set local max_parallel_maintenance_workers = 0; " + Self.coarseStatistics)
            try indexes.make(connection)
            try connection.execute(
                Self.analysis(of: copies, "reset (autovacuum_analyze_threshold)") + Self.statistics(of: copies))
        }
    }

    /// Nobody plans by the statistics of a table that is being filled, and taking them again and again costs the
    /// database a fifth of what filling does.
    private static func analysis(of copies: [String], _ change: String) -> String {
        """
        do $$ declare filled regclass; begin
            for filled in select oid from pg_class
                where relnamespace = any ('{\(copies.joined(separator: ","))}'::regnamespace[])
                    and relkind = 'r' and relname <> 'checkpoint'
            loop execute format('alter table %s \(change)', filled); end loop;
        end $$;
        """
    }

    /// Good for the first seconds, until the database has taken its own: of 3,000 rows instead of 30,000.
    private static let coarseStatistics = "set local default_statistics_target = 10"

    private static func statistics(of copies: [String]) -> String {
        """
        do $$ declare filled record; begin
            for filled in
                select c.oid::regclass as name, string_agg(distinct quote_ident(a.attname), ', ') as columns
                from pg_class c join pg_index i on i.indrelid = c.oid
                join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
                where c.relnamespace = any ('{\(copies.joined(separator: ","))}'::regnamespace[])
                    and c.relkind = 'r' and pg_relation_size(c.oid) > 0 group by c.oid
            loop execute format('analyze %s (%s)', filled.name, filled.columns); end loop;
        end $$;
        """
    }

    /// Where each lane's live copies are; of several read models the one that is furthest behind.
    func positions(of names: [String], lanes: [Lane]) throws -> [Lane: Position] {
        let each = names.map { "select lane, position from \($0).checkpoint" }.joined(separator: " union all ")
        let rows = try connection.query("select lane, min(position), count(*) from (\(each)) c group by lane")
        let known = Dictionary(
            rows.map { ($0.int16(0), $0.int64(2) == names.count ? $0.int64(1) : 0) }, uniquingKeysWith: min)
        return Dictionary(uniqueKeysWithValues: lanes.map { ($0, known[$0] ?? 0) })
    }

    /// Lets live projections' transactions end and begins no new one until `release`.
    func hold() throws {
        _ = try connection.query("select pg_advisory_lock($1, 0)", [.int4(LaneProjector.LockClass.change)])
    }

    /// Lets them go on.
    func release() throws {
        _ = try connection.query("select pg_advisory_unlock($1, 0)", [.int4(LaneProjector.LockClass.change)])
    }

    /// Puts the rebuilt copies in the place of the live ones, which stay as `NAME_previous`. Under `hold`.
    func switchOver(_ names: [String], detail: String) throws {
        try connection.transaction {
            let previous = names.map { $0 + "_previous" }
            try connection.execute("drop schema if exists \(previous.joined(separator: ", ")) cascade")
            try rename(names, from: "", to: "_previous")
            try rename(names, from: "_next", to: "")
            try ProjectionSchemas.record(names, "switched", detail: detail, connection)
        }
    }

    /// Exchanges the live copy and the previous one. Under `hold`.
    func rollBack(_ name: String) throws {
        guard try ProjectionSchemas.exists(name + "_previous", connection) else {
            throw ProjectionRebuilder.Failure.nothingToRollBackTo(name)
        }
        try connection.transaction {
            try rename([name], from: "", to: "_exchange")
            try rename([name], from: "_previous", to: "")
            try rename([name], from: "_exchange", to: "_previous")
            try ProjectionSchemas.record([name], "rolled_back", connection)
        }
    }

    /// Gives the read models' schemas another suffix, and with them what waits there.
    private func rename(_ names: [String], from suffix: String, to new: String) throws {
        try connection.execute(names.map { "alter schema \($0)\(suffix) rename to \($0)\(new);" }.joined())
        let before = names.map { $0 + suffix }
        let after = names.map { $0 + new }
        _ = try connection.query("delete from projection.waiting where projection = any($1)", [.textArray(after)])
        _ = try connection.query(
            """
            update projection.waiting set projection = r.after from unnest($1::text[], $2::text[]) as r (before, after)
            where projection = r.before
            """, [.textArray(before), .textArray(after)])
    }

    func drop(_ names: [String]) throws {
        try connection.execute("drop schema if exists \(names.map { $0 + "_next" }.joined(separator: ", ")) cascade")
    }

    /// First kept positions of the lanes from which retention has dropped something.
    func beginnings() throws -> [Lane: Position] { try LogBeginnings.all(on: connection) }

    /// Positions and lag of all read models.
    func list(lanes: [Lane]) throws -> [ProjectionStatus] {
        try ProjectionSchemas.names.flatMap { name in
            try connection.query(ProjectionStatus.sql(name), [.int2Array(lanes)]).map { ProjectionStatus(name, $0) }
        }
    }

    func close() { connection.close() }
}
