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
    /// `isGated` is false for what only looks at the stores' health. Where another process runs the stores of the folder
    /// and one of them does not answer, `onSilence` is told so and `body` runs all the same; without it that is an error.
    func withSettings<R>(
        needsSecrets: Bool = true, isGated: Bool = true, onSilence: ((String) -> Void)? = nil,
        _ body: (Settings) async throws -> R
    ) async throws -> R {
        let isGated = needsSecrets && isGated
        guard let folder = try await folder() else {
            let config = try await ConfigurationSources.reader(flags: [:], extra: [:])
            return try await body(try await Self.settings(config, needsSecrets, isGated))
        }
        let local = try LocalFolder(path: folder, create: false)
        let outside = try await ConfigurationSources.reader(flags: [:], extra: [:])
        // What opens nothing may be read under any key.
        let kept = try needsSecrets ? local.secrets(under: outside) : [:]
        return try await local.withStores(kept, onSilence: onSilence) { flags, secrets in
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
    ///
    /// Without `--data` and without `DATABASE_URL` a folder named by FOOTFALL_DATA, or `.footfall` here, is meant. Said in
    /// the environment itself, FOOTFALL_DATA also stands before a DATABASE_URL of a file.
    func folder() async throws -> String? {
        if let data { return data }
        func variable(_ name: String) -> String? {
            ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if variable("DATABASE_URL") == nil, let named = variable("FOOTFALL_DATA") { return named }
        let config = try await ConfigurationSources.reader(flags: [:], extra: [:])
        guard config.string(forKey: "database.url", isSecret: true)?.isEmpty ?? true else { return nil }
        if let named = config.dataFolder { return named }
        return FileManager.default.fileExists(atPath: LocalFolder.defaultPath) ? LocalFolder.defaultPath : nil
    }
}

extension ConfigReader {
    /// FOOTFALL_DATA, wherever it is set.
    var dataFolder: String? { string(forKey: "footfall.data").flatMap { $0.isEmpty ? nil : $0 } }
}
