internal import Configuration
internal import Foundation
internal import SystemPackage
internal import Yams

/// Where settings come from, the first that has a value wins: flags, the environment, `.env`, a YAML file.
///
/// All four use the names of the contract (`DATABASE_URL`, `FOOTFALL_LISTEN`, ...); in YAML a nested key counts as
/// its path (`database: {url: ...}` is `DATABASE_URL`).
enum ConfigurationSources {
    static let fileNames = ["footfall.yaml", "footfall.yml"]

    /// `flags` are overrides by name; `extra` come last (the secrets that `up` keeps in its data folder).
    static func reader(flags: [String: String], extra: [String: String]) async throws -> ConfigReader {
        let env = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }
        let envFile = try await EnvironmentVariablesProvider(environmentFilePath: ".env", allowMissing: true)
        return ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: flags),
            EnvironmentVariablesProvider(environmentVariables: env),
            envFile,
            EnvironmentVariablesProvider(environmentVariables: try yaml()),
            EnvironmentVariablesProvider(environmentVariables: extra),
        ])
    }

    private static func yaml() throws -> [String: String] {
        let named = ProcessInfo.processInfo.environment["FOOTFALL_CONFIG"].map { [$0] }
        for name in named ?? fileNames where named != nil || FileManager.default.fileExists(atPath: name) {
            guard let data = FileManager.default.contents(atPath: name) else {
                throw CommandFailure("FOOTFALL_CONFIG names \(name), which cannot be read.")
            }
            do {
                return flatten(try Yams.load(yaml: String(decoding: data, as: UTF8.self)), under: "")
            } catch {
                throw CommandFailure("\(name) is not valid YAML: \(error)")
            }
        }
        return [:]
    }

    private static func flatten(_ value: Any?, under path: String) -> [String: String] {
        switch value {
        case let map as [String: Any]:
            var all: [String: String] = [:]
            for (key, value) in map {
                let name = (path.isEmpty ? key : path + "_" + key).uppercased().replacing("-", with: "_")
                all.merge(flatten(value, under: name)) { first, _ in first }
            }
            return all
        case let list as [Any]: return [path: list.map { "\($0)" }.joined(separator: ",")]
        case let value?: return [path: "\(value)"]
        case nil: return [:]
        }
    }
}
