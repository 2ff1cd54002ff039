// Postgres: the only importer of libpq. SQL and typed values go in, rows as our own Sendable values come out;
// binary formats both ways. `PostgresConnection` blocks and belongs to one thread at a time, `PostgresSession` is
// one connection as an actor, `PostgresPool` is several of those, `Migrator` brings a database up to a schema folder.

/// Where a database is and the limits every session to it carries.
package struct PostgresConfiguration: Sendable {
    /// A libpq URI or keyword string; settings named in it win over the ones below.
    package var url: String
    /// Shown in `pg_stat_activity`, so that operators see which role holds a session.
    package var applicationName: String
    /// The server cancels a statement after this long; 0 means never.
    package var statementTimeoutMillis: Int
    /// A server that lets one statement wait for longer hangs: the session is given up with a connection error. Nil waits
    /// for as long as the connection lives. For sessions that somebody waits for; the server's own timeout cannot help
    /// where the server itself stands still.
    package var patienceMillis: Int?
    /// libpq gives up connecting after this long; it raises 1 to 2 by itself.
    package var connectTimeoutSeconds: Int
    /// Server settings a session starts with, such as `synchronous_commit`.
    package var settings: [String: String]
    /// The role every session takes (SET ROLE) before its first statement; nil keeps the user who logs in. A session
    /// that may not take it is not made.
    package var role: String?
    /// The user every session logs in as, instead of the URL's; nil keeps that one. Unlike `role` it cannot be left again
    /// by whoever has the session.
    package var user: String?

    /// Describes a database; nothing is contacted before the first use of a connection.
    package init(
        url: String,
        applicationName: String,
        statementTimeoutMillis: Int = 30_000,
        patienceMillis: Int? = nil,
        connectTimeoutSeconds: Int = 3,
        settings: [String: String] = [:],
        role: String? = nil,
        user: String? = nil
    ) {
        self.url = url
        self.applicationName = applicationName
        self.statementTimeoutMillis = statementTimeoutMillis
        self.patienceMillis = patienceMillis
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.settings = settings
        self.role = role
        self.user = user
    }

    /// Keywords for `PQconnectdbParams`, in an order in which the URL overrides our defaults.
    var keywords: [(name: String, value: String)] {
        [
            ("application_name", applicationName),
            ("client_encoding", "UTF8"),
            ("connect_timeout", String(connectTimeoutSeconds)),
            // A peer that vanished without a FIN is noticed within half a minute, also while we wait for a reply.
            ("keepalives", "1"),
            ("keepalives_idle", "10"),
            ("keepalives_interval", "5"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "20000"),
            ("options", options),
            ("dbname", url),
        ] + (user.map { [("user", $0)] } ?? [])
    }

    private var options: String {
        var all = settings
        all["statement_timeout"] = String(statementTimeoutMillis)
        return all.sorted { $0.key < $1.key }
            .map { "-c \($0.key)=\(Self.escaped($0.value))" }
            .joined(separator: " ")
    }

    /// The server splits `options` at spaces; a backslash keeps a space or a backslash.
    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            if character == " " || character == "\\" { text.append("\\") }
            text.append(character)
        }
    }
}
