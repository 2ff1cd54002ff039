/// A failure of the log that is not the database's.
package struct EventLogError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// Bytes that should be a record or a batch are none.
        case undecodable
        /// There is no such row.
        case notFound
        /// The events of a replay would land in the quarantine again.
        case stillRefused
        /// Another process does it at this moment.
        case busy
    }

    /// What kind of failure it was.
    package let code: Code
    /// For people; holds no event content.
    package let message: String

    /// Makes an error.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// One line for logs.
    package var description: String { "event log: \(message)" }
}
