internal import ArgumentParser
internal import Configuration
internal import Foundation
internal import PrivateStores

/// How every command that needs the stores finds them: `--data DIR`, or the environment.
struct StoreOptions: ParsableArguments {
    @Option(help: "A data folder of `footfall up`, running or not. Without it the environment names the stores.")
    var data: String?

    /// Runs `body` with the settings of the stores; private stores that were not running are stopped afterwards. Where
    /// it needs the secrets, throws for a database whose restore was not finished: what was forgotten since may be in it.
    /// `isGated` is false for what only looks at the stores' health.
    func withSettings<R>(
        needsSecrets: Bool = true, isGated: Bool = true, _ body: (Settings) async throws -> R
    ) async throws -> R {
        let isGated = needsSecrets && isGated
        guard let folder else {
            let config = try await ConfigurationSources.reader(flags: [:], extra: [:])
            return try await body(try await Self.settings(config, needsSecrets, isGated))
        }
        let local = try LocalFolder(path: folder, create: false)
        let outside = try await ConfigurationSources.reader(flags: [:], extra: [:])
        // What opens nothing may be read under any key.
        let kept = try needsSecrets ? local.secrets(under: outside) : [:]
        return try await local.withStores(kept) { flags, secrets in
            let config = try await ConfigurationSources.reader(flags: flags, extra: secrets)
            return try await body(try await Self.settings(config, needsSecrets, isGated))
        }
    }

    private static func settings(
        _ config: ConfigReader, _ needsSecrets: Bool, _ isGated: Bool
    ) async throws -> Settings {
        let settings = try Settings(config, needsSecrets: needsSecrets)
        if isGated { try await settings.checkRestoration() }
        return settings
    }

    /// The data folder that is meant; nil where the environment names the stores.
    var folder: String? { data ?? defaultFolder() }

    /// Without `--data` and without `DATABASE_URL` a folder named by FOOTFALL_DATA, or `.footfall` here, is meant.
    private func defaultFolder() -> String? {
        let environment = ProcessInfo.processInfo.environment
        guard environment["DATABASE_URL"] == nil else { return nil }
        if let named = environment["FOOTFALL_DATA"] { return named }
        return FileManager.default.fileExists(atPath: LocalFolder.defaultPath) ? LocalFolder.defaultPath : nil
    }
}
