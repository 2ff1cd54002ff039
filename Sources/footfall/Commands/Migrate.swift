internal import ArgumentParser
internal import Postgres

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the database's schema up to date, under a lock; does nothing where it is.")
    @OptionGroup var stores: StoreOptions

    func run() async throws {
        let folders = try ProjectFolders.locate()
        let applied = try await stores.withSettings(needsSecrets: false) { settings in
            try await settings.withPostgres { try Schema.bringUpToDate($0, folders) }
        }
        for migration in applied { Terminal.print("applied \(migration.number) \(migration.name)") }
        if applied.isEmpty { Terminal.print("The schema is up to date.") }
    }
}
