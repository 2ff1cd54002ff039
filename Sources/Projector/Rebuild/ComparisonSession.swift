internal import Blocking
internal import Postgres

/// One of two sessions that look at one snapshot, each on a thread of its own: comparing is reading whole tables.
actor ComparisonSession {
    /// Number of rows, and a sum of hashes of all rows, which does not depend on their order.
    struct Sum: Equatable, Sendable {
        let rows: Int64
        let hash: String
    }

    /// A table and those of its columns that are compared.
    struct Table: Sendable {
        let name: String
        let columns: [String]
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

    /// All tables of a schema, by name.
    func tables(of schema: String) throws -> [Table] {
        try connection.query(
            """
            select c.relname, array_agg(quote_ident(a.attname) order by a.attnum)
            from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relnamespace = $1::text::regnamespace and c.relkind = 'r' group by c.relname order by c.relname
            """, [.text(schema)]
        ).map { Table(name: $0.text(0), columns: $0.textArray(1)) }
    }

    func sum(of table: Table, in schema: String) throws -> Sum {
        let cells = table.columns.joined(separator: ", ")
        let row = try connection.query(
            """
            select count(*), coalesce(sum(hash_record_extended(row(\(cells)), 0)), 0)::text
            from \(schema).\(table.name)
            """)[0]
        return Sum(rows: row.int64(0), hash: row.text(1))
    }

    /// Ends the session, and with it its snapshot.
    func close() { connection.close() }
}
