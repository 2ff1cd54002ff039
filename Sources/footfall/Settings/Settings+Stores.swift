internal import Endpoints
internal import Postgres
internal import Redis
internal import Registry

extension Settings {
    /// `purpose` shows up in `pg_stat_activity`, and says which role the sessions take (`schema/008_roles.sql`): no more
    /// than their work needs. Commands, and databases that give no roles, work as the user who logs in.
    func postgres(_ purpose: String, statementTimeoutMillis: Int = 30_000) -> PostgresConfiguration {
        let role = Self.accessRoles[purpose].flatMap { accessRoles.contains($0) ? $0 : nil }
        return PostgresConfiguration(
            url: databaseURL, applicationName: "footfall \(purpose)", statementTimeoutMillis: statementTimeoutMillis,
            role: role?.rawValue)
    }

    private static let accessRoles: [String: AccessRole] = [
        "append": .gateway, "lookup": .gateway, "registry": .gateway, "salts": .gateway, "fences": .gateway,
        "drain": .drain,
        "projector": .projector, "reactors": .projector,
        "api": .api, "live": .api, "watermark": .api, "analytics": .api, "chat": .api, "shopify": .api,
        "privacy": .api,
        "erasure": .retention, "retention": .retention,
    ]

    /// The same, working under the roles that the database gives.
    func withAccessRoles() async throws -> Settings {
        var settings = self
        settings.accessRoles = try await withPostgres { try AccessRole.available(on: $0) }
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

    private static func explain(_ error: PostgresError) -> String {
        switch error.sqlState {
        case "42P01", "3F000": "The database has no Footfall schema yet; run `footfall migrate`. (\(error.message))"
        default: "Postgres: \(error.message)"
        }
    }
}
