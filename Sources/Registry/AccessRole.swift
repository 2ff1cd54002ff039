package import Postgres

/// The database roles of `schema/008_roles.sql`. A connection takes one by `PostgresConfiguration.role`; a process may
/// also log in as a user that is a member of only those it needs.
package enum AccessRole: String, Sendable, CaseIterable {
    /// Appends, and cannot read what it appended.
    case gateway = "footfall_gateway"
    /// Appends, without the shops' keys.
    case drain = "footfall_drain"
    /// Reads the log and owns the read models; opens nothing.
    case projector = "footfall_projector"
    /// Answers, opens what a scope allows, works Shopify's tasks; cannot write the log.
    case api = "footfall_api"
    /// Forgets: destroys keys and drops weeks; rewrites nothing.
    case retention = "footfall_retention"

    /// Those that are there and that the user who logs in may take; the others run as that user.
    package static func available(on connection: PostgresConnection) throws -> Set<AccessRole> {
        let names = allCases.map(\.rawValue)
        let rows = try connection.query(
            "select name from unnest($1::text[]) name where registry.holds_role(name)", [.textArray(names)])
        return Set(rows.compactMap { AccessRole(rawValue: $0.text(0)) })
    }

    /// Lets these roles log in, without a password: for a server whose socket is closed to everybody else. The asker has to
    /// be its superuser.
    package static func allowLogin(_ roles: Set<AccessRole>, on connection: PostgresConnection) throws {
        for role in roles.sorted(by: { $0.rawValue < $1.rawValue }) {
            try connection.execute("alter role \(role.rawValue) login")
        }
    }
}
