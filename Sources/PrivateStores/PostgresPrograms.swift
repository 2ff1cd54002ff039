internal import FoundationEssentials

/// Postgres's own programs, such as `pg_dump`.
package enum PostgresPrograms {
    /// Runs a program of this major version of Postgres (a newer one's would write what the older server cannot read) to
    /// its end; blocks. The password goes by the environment.
    package static func run(
        _ name: String, version: Int, _ arguments: [String], password: String?
    ) throws -> ChildProcess.Outcome {
        let beside = "/usr/lib/postgresql/\(version)/bin/\(name)"
        let program =
            FileManager.default.isExecutableFile(atPath: beside)
            ? beside : try Program.find(name, package: "postgresql-client-\(version)")
        return try ChildProcess.run([program] + arguments, environment: password.map { ["PGPASSWORD": $0] } ?? [:])
    }
}
