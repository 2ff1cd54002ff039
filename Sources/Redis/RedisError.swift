/// A failed exchange with Redis.
package struct RedisError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// The server cannot be reached or the connection broke; whether the commands ran is unknown.
        case connection
        /// The server answered with an error.
        case reply
        /// No answer in time; whether the commands ran is unknown.
        case timeout
        /// The server sent what we do not understand.
        case protocolViolation
        /// The caller broke a rule of this module, or the URL is no good.
        case usage
    }

    /// What kind of failure it was.
    package var code: Code
    /// The server's words, or ours.
    package var message: String
    /// Where our code asked.
    package var file: String
    /// Where our code asked.
    package var line: Int

    /// Makes an error; the place defaults to the caller's.
    package init(_ code: Code, _ message: String, file: String = #fileID, line: Int = #line) {
        self.code = code
        self.message = message
        self.file = file
        self.line = line
    }

    /// The first word of an error reply, such as `OOM` or `WRONGTYPE`.
    package var kind: Substring { code == .reply ? message.prefix { $0 != " " } : "" }

    /// True when the same call may succeed later without any change by us.
    package var isRetryable: Bool {
        switch code {
        case .connection, .timeout: true
        case .protocolViolation, .usage: false
        case .reply: Self.passingKinds.contains(String(kind))
        }
    }

    /// Start-up, no memory left, failover, disk trouble, a script in the way.
    private static let passingKinds: Set<String> = [
        "LOADING", "OOM", "READONLY", "MASTERDOWN", "MISCONF", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN", "BUSY",
    ]

    /// One line for logs.
    package var description: String { "Redis: \(message)" }
}
