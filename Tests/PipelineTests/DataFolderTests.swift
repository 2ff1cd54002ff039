import Foundation
import Postgres
import PrivateStores
import Testing

/// What `footfall up` keeps in its folder, and as whom it works on its stores.
@Suite struct DataFolderTests {
    private static let shop = "folder.myshopify.com"

    /// A folder of its own, removed afterwards with whatever still runs on it.
    private func with(_ body: (String) async throws -> Void) async throws {
        let name = "footfall-up-\(UUID().uuidString.prefix(8))"
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        defer { try? FileManager.default.removeItem(at: folder) }  // a leftover folder harms nobody
        try await body(folder.path)
    }

    /// Runs `up` on the folder and lends its stores.
    private func up(_ folder: String, _ body: (PostgresConfiguration) async throws -> Void) async throws {
        let process = try FootfallProcess(["up", "--data", folder, "--port", "0"], environment: [:])
        defer { process.kill() }
        try #require(
            await eventually(within: patience) { process.printed().contains("listens on") || !process.isRunning })
        try #require(process.isRunning, "\(process.printed())")
        let addresses = try #require(await PrivateStores(folder: folder).runningAddresses())
        try await body(PostgresConfiguration(url: addresses.databaseURL, applicationName: "test"))
        #expect(try await process.stop(within: patience) == 0, "\(process.printed())")
    }

    @discardableResult
    private func command(_ words: String..., environment: [String: String] = [:]) throws -> String {
        let (status, output) = try FootfallProcess.run(words, environment: environment)
        try #require(status == 0, "\(words): \(output)")
        return output
    }

    private func secrets(_ folder: String) throws -> [String: String] {
        let lines = try String(contentsOfFile: folder + "/secrets.env", encoding: .utf8).split(separator: "\n")
        return Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let parts = line.split(separator: "=", maxSplits: 1)
                return (String(parts[0]), String(parts[1]))
            })
    }

    @Test(.timeLimit(.minutes(5)))
    func theSecretIsRotatedWithNoHandWorkAndAgedSaltsAreDestroyed() async throws {
        try await with { folder in
            try await up(folder) { database in
                try command("shop", "add", Self.shop, "--timezone", "UTC", "--currency", "EUR", "--data", folder)
                try rolesLogIn(database)
                let connection = PostgresConnection(database)
                try connection.execute("insert into registry.daily_salt values (current_date - 3, '\\x01')")
                connection.close()
            }
            let old = try #require(try secrets(folder)["APP_SECRET_KEY"])
            let new = String(repeating: "a7", count: 32)
            try command(
                "key", "rotate-vault", "--data", folder,
                environment: ["APP_SECRET_KEY": new, "APP_SECRET_KEY_PREVIOUS": old])
            let kept = try secrets(folder)
            #expect(kept["APP_SECRET_KEY"] == new && kept["APP_SECRET_KEY_PREVIOUS"] == nil && kept.count == 3)
            // Nothing in the environment: the folder is all there is. The event of the salt takes the shop's key.
            try await up(folder) { database in
                let connection = PostgresConnection(database)
                defer { connection.close() }
                let told = await eventually(within: patience) {
                    // Not there yet, or the table is busy: asked again.
                    let rows = try? connection.query(
                        "select 1 from log.event e join log.kind k on k.id = e.kind where k.name = 'salt.destroyed'")
                    return rows?.isEmpty == false
                }
                #expect(told)
                let days = try connection.query(
                    "select count(*), count(*) filter (where day < current_date - 1) from registry.daily_salt")[0]
                #expect(days.int64(0) >= 2 && days.int64(1) == 0)
            }
        }
    }

    /// A session of the gateway is the gateway's from its beginning: there is no more powerful user to go back to.
    private func rolesLogIn(_ database: PostgresConfiguration) throws {
        let connection = PostgresConnection(database)
        defer { connection.close() }
        let sessions = try connection.query(
            """
            select distinct application_name::text, usename::text from pg_stat_activity
            where application_name ~ '^footfall '
            """)
        let users = Dictionary(sessions.map { ($0.text(0), $0.text(1)) }) { first, _ in first }
        #expect(users["footfall fences"] == "footfall_gateway" && users["footfall drain"] == "footfall_drain")
        #expect(users["footfall projector"] == "footfall_projector")
        var gateway = database
        gateway.user = "footfall_gateway"
        let session = PostgresConnection(gateway)
        defer { session.close() }
        try session.execute("reset role; reset session authorization")
        #expect(try session.query("select session_user::text")[0].text(0) == "footfall_gateway")
        #expect(throws: PostgresError.self) { try session.query("select wrapped from registry.subject_key") }
        #expect(throws: PostgresError.self) { try session.query("select payload from log.event") }
        #expect(throws: PostgresError.self) { try session.execute("set role footfall_retention") }
    }
}
