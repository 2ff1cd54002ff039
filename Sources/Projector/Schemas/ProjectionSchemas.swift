internal import FoundationEssentials
package import Postgres
internal import ReadModels

/// Makes the schemas of read models from `schema/projections/NAME.sql`.
package enum ProjectionSchemas {
    /// A read model without its file.
    package struct MissingFile: Error, CustomStringConvertible {
        /// Where it was looked for.
        package let path: String
        /// In words.
        package var description: String { "there is no \(path)" }
    }

    /// Names of all read models.
    package static var names: [String] { ProjectionList.names }

    /// Makes the schema of each read model that has none. Safe to call from several processes at once; existing schemas
    /// stay as they are.
    package static func ensure(_ connection: PostgresConnection, folder: String) throws {
        try connection.transaction {
            _ = try connection.query(
                "select pg_advisory_xact_lock($1, 0)", [.int4(LaneProjector.LockClass.change)])
            for name in names where try !exists(name, connection) {
                try create(name, as: name, connection, folder: folder)
                try record([name], "created", connection)
            }
        }
    }

    static func exists(_ schema: String, _ connection: PostgresConnection) throws -> Bool {
        try !connection.query("select 1 from pg_namespace where nspname = $1", [.text(schema)]).isEmpty
    }

    /// Inside the caller's transaction.
    static func create(_ name: String, as schema: String, _ connection: PostgresConnection, folder: String) throws {
        let path = "\(folder)/\(name).sql"
        guard let bytes = FileManager.default.contents(atPath: path) else { throw MissingFile(path: path) }
        try connection.execute(
            """
            create schema \(schema); set local search_path to \(schema);
            \(String(decoding: bytes, as: UTF8.self));
            set local search_path to default;
            """)
    }

    static func record(
        _ names: [String], _ action: String, detail: String = "{}", _ connection: PostgresConnection
    ) throws {
        _ = try connection.query(
            "insert into projection.switch (name, action, detail) select name, $2, $3 from unnest($1::text[]) name",
            [.textArray(names), .text(action), .jsonb(detail)])
    }
}
