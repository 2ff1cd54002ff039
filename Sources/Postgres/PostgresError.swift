/// A failed exchange with Postgres. Carries the primary message only: DETAIL may hold row values.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// The server cannot be reached or the session is gone; whether the last statement ran is unknown.
        case connection
        /// The server refused a statement; `sqlState` says why.
        case query
        /// The server sent what we do not understand.
        case protocolViolation
        /// The caller broke a rule of this module.
        case usage
        /// A limit of ours was met, such as the number of callers waiting for a pooled session.
        case overloaded
    }

    /// What kind of failure it was.
    package var code: Code
    /// The server's primary message, or our own words.
    package var message: String
    /// Five characters from the server, empty when there is none.
    package var sqlState: String
    /// The constraint that was violated, if it was one.
    package var constraint: String?
    /// Where our code asked.
    package var file: String
    /// Where our code asked.
    package var line: Int

    /// Makes an error; the place defaults to the caller's.
    package init(
        _ code: Code, _ message: String, sqlState: String = "", constraint: String? = nil,
        file: String = #fileID, line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
        self.file = file
        self.line = line
    }

    /// True when the session was lost; the connection is remade at its next use.
    package var isConnectionLost: Bool { code == .connection }

    /// True when the same call may succeed later without any change by us.
    ///
    /// After a lost COMMIT the outcome is unknown, so only idempotent work may be retried blindly.
    package var isRetryable: Bool {
        switch code {
        case .connection, .overloaded: true
        case .protocolViolation, .usage: false
        case .query: Self.retryableClasses.contains(String(sqlState.prefix(2))) || isRetryableState
        }
    }

    /// True when the statement is refused for the values it was given: the same ones are refused again.
    package var isAboutContent: Bool { code == .query && sqlState.hasPrefix("22") }

    /// Connection, transaction rollback, out of resources, operator intervention (with timeouts), system errors.
    private static let retryableClasses: Set<String> = ["08", "40", "53", "57", "58"]

    /// A lock not available at once, a standby that is being promoted, a plan made before a change of a table.
    private var isRetryableState: Bool { sqlState == "55P03" || sqlState == "25006" || isStalePlan }

    /// True when a prepared statement no longer fits: a table changed, or somebody discarded it.
    var isStalePlan: Bool {
        sqlState == "26000" || (sqlState == "0A000" && message.hasPrefix("cached plan"))
    }

    /// One line for logs.
    package var description: String {
        sqlState.isEmpty ? "Postgres: \(message)" : "Postgres \(sqlState): \(message)"
    }
}
