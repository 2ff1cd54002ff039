internal import Postgres
internal import ReadModels

/// Indexes that no fold reads, taken off a rebuild's empty tables and made when the rows are there: sorting them once
/// costs a fraction of finding each one's place.
struct LateIndexes {
    private static let names = [
        SessionsProjection.name: SessionsProjection.readersIndexes,
        LeadsProjection.name: LeadsProjection.readersIndexes,
    ]
    private var definitions: [String] = []

    /// Takes the indexes off the tables of `schema`, a copy of the read model.
    mutating func takeOff(_ projection: String, schema: String, _ connection: PostgresConnection) throws {
        let found = try connection.query(
            """
            select indexrelid::regclass::text, pg_get_indexdef(indexrelid)
            from pg_index join pg_class on pg_class.oid = indexrelid
            where relnamespace = $1::text::regnamespace and relname = any($2)
            """, [.text(schema), .textArray(Self.names[projection] ?? [])])
        for row in found {
            try connection.execute("drop index \(row.text(0))")
            definitions.append(row.text(1))
        }
    }

    /// Makes them all.
    mutating func make(_ connection: PostgresConnection) throws {
        for definition in definitions { try connection.execute(definition) }
        definitions = []
    }
}
