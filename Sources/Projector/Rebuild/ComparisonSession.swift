internal import Blocking
internal import Postgres

/// One of two sessions that look at one snapshot, each on a thread of its own: comparing is reading whole tables.
actor ComparisonSession {
    /// Number of rows, and a sum of hashes of all rows, which does not depend on their order.
    struct Sum: Equatable, Sendable {
        let rows: Int64
        let hash: String
        static let empty = Sum(rows: 0, hash: "0")
    }

    /// A table and those of its columns that are compared.
    struct Table: Sendable {
        let schema: String
        let name: String
        var columns: [String]
        /// It has no page, so it has no row either.
        let isEmpty: Bool
    }

    private let executor = BlockingExecutor(label: "footfall.rebuild.comparison")
    private let connection: PostgresConnection

    init(_ database: PostgresConfiguration) { connection = PostgresConnection(database) }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Fixes what is seen from now on, and names it for the other session.
    func begin() throws -> String {
        try connection.execute("begin isolation level repeatable read read only")
        return try connection.query("select pg_export_snapshot()")[0].text(0)
    }

    /// Sees what the other session sees, whose transaction must be open.
    func join(_ snapshot: String) throws {
        try connection.execute(
            "begin isolation level repeatable read read only; set transaction snapshot '\(snapshot)'")
    }

    /// Views that are compared instead of the tables they add up.
    private static let sums = ["event_total"]

    /// All tables and `sums` of these schemas, in the schemas' order and by name.
    func tables(of schemas: [String]) throws -> [Table] {
        try connection.query(
            """
            select s.name, c.relname, array_agg(quote_ident(a.attname) order by a.attnum),
                c.relkind = 'r' and pg_relation_size(c.oid) = 0
            from unnest($1::text[]) with ordinality as s (name, place)
            join pg_class c on c.relnamespace = s.name::regnamespace
                and (c.relkind = 'r' or c.relkind = 'v' and c.relname = any($2))
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            group by s.place, s.name, c.oid, c.relname, c.relkind order by s.place, c.relname
            """, [.textArray(schemas), .textArray(Self.sums)]
        ).map { Table(schema: $0.text(0), name: $0.text(1), columns: $0.textArray(2), isEmpty: $0.bool(3)) }
    }

    /// Reads the whole table; nil for none.
    func sum(of table: Table?) throws -> Sum? {
        guard let table else { return nil }
        guard !table.isEmpty else { return .empty }
        let row = try connection.query(
            """
            select count(*), coalesce(sum(hash_record_extended(row(\(table.columns.joined(separator: ", "))), 0)), 0)::text
            from \(table.schema).\(table.name)
            """)[0]
        return Sum(rows: row.int64(0), hash: row.text(1))
    }

    /// Ends the session, and with it its snapshot.
    func close() { connection.close() }
}
