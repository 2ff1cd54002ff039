internal import Foundation
internal import Postgres
internal import Projector

/// Migrations and the read models' own schemas; run by `migrate` and by `up`.
enum Schema {
    /// Applies what is pending and returns it.
    static func bringUpToDate(_ connection: PostgresConnection, _ folders: ProjectFolders) throws -> [Migration] {
        let applied = try Migrator(folder: folders.schema).migrate(connection)
        try ProjectionSchemas.ensure(connection, folder: folders.projections)
        // Tables and read models that came since belong to somebody too.
        _ = try connection.query("select registry.grant_roles()")
        return applied
    }

    /// The number of the newest migration that this program has.
    static func newestMigration(_ folders: ProjectFolders) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folders.schema)
            .filter { $0.hasSuffix(".sql") }.compactMap { Int($0.prefix(while: \.isNumber)) }.max() ?? 0
    }
}
