package import Postgres

/// Takes out of the index of subjects what leads to events that retention has dropped: nothing is to be found there any
/// more, and a keyed hash is no longer kept than what it was for.
package enum DroppedMentions {
    /// Deletes the mentions of everything that was dropped and not swept yet, a stretch in a transaction; their number.
    /// Reads the index from end to end for each. Again after a failure it goes on.
    package static func sweep(on connection: PostgresConnection) throws -> Int64 {
        var count: Int64 = 0
        while let one = try next(on: connection) {
            count += try connection.transaction {
                // A week's sweep may take longer than other statements.
                try connection.execute("set local statement_timeout = 0")
                let schemas = try connection.query(SQL.versions).map { $0.text(0) }
                let deleted = try schemas.reduce(Int64(0)) { sum, schema in
                    sum + Int64(try connection.query(SQL.delete(from: schema), [.int8(one)]).affectedRows)
                }
                _ = try connection.query("delete from privacy.dropped_stretch where id = $1", [.int8(one)])
                return deleted
            }
        }
        return count
    }

    private static func next(on connection: PostgresConnection) throws -> Int64? {
        try connection.query("select id from privacy.dropped_stretch order by id limit 1").first?.int64(0)
    }

    private enum SQL {
        /// Also a copy that is being built, or kept for going back to.
        static let versions = """
            select n.nspname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relname = 'mention' and n.nspname in ('\(SubjectsProjection.name)',
                '\(SubjectsProjection.name)_previous', '\(SubjectsProjection.name)_next')
            """

        static func delete(from schema: String) -> String {
            """
            delete from \(schema).mention m using privacy.dropped_stretch d
            where d.id = $1 and m.lane = d.lane and m.position <@ d.positions
            """
        }
    }
}
