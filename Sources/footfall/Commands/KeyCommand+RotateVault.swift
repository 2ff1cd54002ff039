internal import ArgumentParser
internal import DataSubjects
internal import Postgres
internal import Privacy
internal import Shopify

extension KeyCommand {
    struct RotateVault: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-vault",
            abstract: "Wraps all stored keys and tokens under APP_SECRET_KEY again, while everything runs.",
            discussion: """
                Set the new key as APP_SECRET_KEY and the old one as APP_SECRET_KEY_PREVIOUS for every process first. \
                Afterwards nothing needs the old one but the keys in backups made before. The secrets.env of a data folder is \
                brought up to date. It may be run again, and interrupted.
                """)
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var stores: StoreOptions

        func run() async throws {
            let folder = try await stores.folder().map { try LocalFolder(path: $0, create: false) }
            let report = try await stores.withSettings { settings in
                try folder?.beginRotation(to: settings.appSecretKey)
                let vault = try Vault(currentKey: settings.appSecretKey, previousKey: settings.previousAppSecretKey)
                let pool = PostgresPool(settings.postgres("rotation"), size: 1)
                do {
                    let report = try await VaultRotation(pool: pool, vault: vault).run()
                    // The receipts' signing key, salts and the journal of erasures outlive the previous key as well.
                    let journal = settings.erasureJournal
                    try await pool.run { connection in
                        _ = try SigningKey.rewrap(vault: vault, on: connection)
                        try SaltTable.rewrap(vault: vault, on: connection)
                        if let journal {
                            _ = try ErasureJournal.export(to: journal, secrets: settings.appSecrets, on: connection)
                        }
                    }
                    await pool.close()
                    return report
                } catch {
                    await pool.close()
                    throw Self.failure(error)
                }
            }
            try folder?.endRotation()
            if json { return try Terminal.print(json: ["shops": report.shops, "tokens": report.tokens]) }
            Terminal.print("\(report.shops) shop keys and \(report.tokens) tokens are wrapped under the current key.")
        }

        private static func failure(_ error: any Error) -> CommandFailure {
            if let error = error as? PostgresError { return CommandFailure("Postgres: \(error.message)") }
            if let error = error as? ErasureJournal.Failure { return CommandFailure(error.description) }
            return CommandFailure(
                """
                A stored key opens neither under APP_SECRET_KEY nor under APP_SECRET_KEY_PREVIOUS. What was wrapped so \
                far holds; nothing was lost.
                """)
        }
    }
}
