internal import Postgres

/// Whether two copies of a read model, at equal positions, say the same.
package struct ProjectionComparison: Sendable, Equatable {
    /// One table of both copies.
    package struct Table: Sendable, Equatable {
        /// The table.
        package let name: String
        /// Rows of the live copy.
        package let liveRows: Int64
        /// Rows of the rebuilt copy.
        package let rebuiltRows: Int64
        /// Rows and their contents are the same.
        package let isEqual: Bool
    }

    /// The read model.
    package let projection: String
    /// Its tables, by name.
    package let tables: [Table]

    /// All tables are the same.
    package var isEqual: Bool { tables.allSatisfy(\.isEqual) }

    /// What depends on when a row was written or in which order events came, not on what they say.
    private static let incidental: Set<String> = ["version", "positions"]
    /// Books of the projector itself.
    private static let books: Set<String> = ["checkpoint", "session_removed"]

    /// Compares `live` with `rebuilt`, both schemas, inside the caller's snapshot: number of rows, and a sum of hashes of
    /// all rows, which does not depend on their order.
    static func of(
        _ projection: String, live: String, rebuilt: String, on connection: PostgresConnection
    ) throws -> ProjectionComparison {
        let columns = try connection.query(
            """
            select c.relname, array_agg(quote_ident(a.attname) order by a.attnum)
            from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relnamespace = $1::regnamespace and c.relkind = 'r' group by c.relname order by c.relname
            """.replacing("$1", with: "'\(live)'"))
        let tables = try columns.compactMap { row -> Table? in
            let name = row.text(0)
            guard !books.contains(name) else { return nil }
            let compared = row.textArray(1).filter { !incidental.contains($0) }
            let left = try sum(live, name, compared, connection)
            let right = try sum(rebuilt, name, compared, connection)
            return Table(name: name, liveRows: left.rows, rebuiltRows: right.rows, isEqual: left == right)
        }
        return ProjectionComparison(projection: projection, tables: tables)
    }

    private struct Sum: Equatable {
        let rows: Int64
        let hash: String
    }

    private static func sum(
        _ schema: String, _ table: String, _ columns: [String], _ connection: PostgresConnection
    ) throws -> Sum {
        let cells = columns.joined(separator: ", ")
        let row = try connection.query(
            """
            select count(*), coalesce(sum(hash_record_extended(row(\(cells)), 0)::numeric), 0)::text
            from \(schema).\(table)
            """)[0]
        return Sum(rows: row.int64(0), hash: row.text(1))
    }
}
