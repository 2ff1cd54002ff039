internal import Backups
internal import Endpoints
internal import Postgres
internal import Redis
internal import Registry

extension Settings {
    /// `purpose` shows up in `pg_stat_activity`, and says which role the sessions have (`schema/008_roles.sql`): no more
    /// than their work needs. In a private store they log in as that role; elsewhere they take it. Commands, and databases
    /// that give no roles, work as the user of DATABASE_URL.
    func postgres(_ purpose: String, statementTimeoutMillis: Int = 30_000) -> PostgresConfiguration {
        let role = Self.accessRoles[purpose].flatMap { accessRoles.contains($0) ? $0 : nil }
        let patience = Self.patienceMillis[purpose]
        return PostgresConfiguration(
            url: databaseURL, applicationName: "footfall \(purpose)",
            statementTimeoutMillis: patience ?? statementTimeoutMillis,
            patienceMillis: patience.map { $0 + Self.replyMillis },
            role: ownsStores ? nil : role?.rawValue, user: ownsStores ? role?.rawValue : nil)
    }

    /// Somebody waits for these, and a probe gives up after some seconds. Queries may have to read a large shop first.
    private static let patienceMillis = [
        "api": 3000, "watermark": 3000, "chat": 3000, "doctor": 5000, "analytics": 10_000,
        "books": 3000, "answered": 1000,
    ]
    /// A server that lives has given the statement up itself by then, and said so.
    private static let replyMillis = 500

    private static let accessRoles: [String: AccessRole] = [
        "append": .gateway, "lookup": .gateway, "registry": .gateway, "salts": .gateway, "fences": .gateway,
        "answered": .gateway,
        "drain": .drain,
        "projector": .projector, "reactors": .projector,
        "api": .api, "live": .api, "watermark": .api, "analytics": .api, "chat": .api, "shopify": .api,
        "privacy": .api, "books": .api,
        "erasure": .retention, "retention": .retention,
    ]

    /// The same, working under the roles that the database gives. In a private store, which only its own socket leads to,
    /// they may log in from then on.
    func withAccessRoles() async throws -> Settings {
        var settings = self
        let ownsStores = ownsStores
        settings.accessRoles = try await withPostgres { connection in
            let roles = try AccessRole.available(on: connection)
            if ownsStores { try AccessRole.allowLogin(roles, on: connection) }
            return roles
        }
        return settings
    }

    var redis: RedisConfiguration { RedisConfiguration(url: redisURL) }

    /// Runs one piece of work of a command on a connection of its own, without a statement timeout.
    func withPostgres<R: Sendable>(_ body: @Sendable (PostgresConnection) throws -> R) async throws -> R {
        let session = PostgresSession(postgres("command", statementTimeoutMillis: 0), label: "footfall.command")
        do {
            let result = try await session.run(body)
            await session.close()
            return result
        } catch let refusal as ShopRegistry.Refusal {
            throw CommandFailure(refusal.message)
        } catch let refusal as APIKeys.Refusal {
            throw CommandFailure(refusal.message)
        } catch let error as PostgresError {
            throw CommandFailure(Self.explain(error))
        }
    }

    /// Throws where the database comes out of a backup and nobody has verified it.
    func checkRestoration() async throws {
        try await withPostgres { connection in
            do {
                try RestorationGate.check(connection)
            } catch let error as BackupError {
                throw CommandFailure(error.message)
            }
        }
    }

    private static func explain(_ error: PostgresError) -> String {
        switch error.sqlState {
        case "42P01", "3F000": "The database has no Footfall schema yet; run `footfall migrate`. (\(error.message))"
        default: "Postgres: \(error.message)"
        }
    }
}
