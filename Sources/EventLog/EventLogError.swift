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
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "event log: \(message)" }
}
