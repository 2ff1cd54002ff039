internal import FoundationEssentials
internal import Glibc

/// Finds programs where Debian and people put them.
enum Program {
    private static let folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"]
    private static let postgresRoot = "/usr/lib/postgresql"

    /// The program's path; the error names the package to install.
    static func find(_ name: String, package: String) throws -> String {
        let found = folders.lazy.map { $0 + "/" + name }.first(where: isExecutable)
        guard let found else {
            throw PrivateStoresError(.missingProgram, "\(name) is not installed: apt-get install \(package)")
        }
        return found
    }

    /// The folder with `initdb` and `postgres`: of the version that made an existing cluster, else of the newest.
    static func postgresFolder(version: String?) throws -> String {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: postgresRoot)) ?? []  // absent elsewhere
        let newest = numbers.compactMap(Int.init).sorted(by: >).map { "\(postgresRoot)/\($0)/bin" }
        var candidates = [configured()].compactMap { $0 } + newest + folders
        if let version { candidates.insert("\(postgresRoot)/\(version)/bin", at: 0) }
        let complete = candidates.filter { isExecutable($0 + "/initdb") && isExecutable($0 + "/postgres") }
        guard let first = complete.first else {
            let package = version.map { "postgresql-\($0)" } ?? "postgresql"
            throw PrivateStoresError(.missingProgram, "Postgres is not installed: apt-get install \(package)")
        }
        guard let version, !first.hasPrefix("\(postgresRoot)/\(version)/") else { return first }
        let output = try ChildProcess.run([first + "/postgres", "--version"]).output
        guard output.contains(" \(version).") || output.contains(" \(version) ") else {
            throw PrivateStoresError(
                .missingProgram, "the data folder is of Postgres \(version): apt-get install postgresql-\(version)")
        }
        return first
    }

    private static func configured() -> String? {
        guard let config = try? find("pg_config", package: "libpq-dev"),  // one way of several
            let result = try? ChildProcess.run([config, "--bindir"]), result.isSuccess
        else { return nil }
        return result.output.split(separator: "\n").first.map(String.init)
    }

    private static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }
}
