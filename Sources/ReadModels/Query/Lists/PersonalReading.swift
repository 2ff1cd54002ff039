/// Who opens personal data, and by what; the audit log keeps it, so nothing in it is personal itself.
package struct PersonalReading: Sendable, Equatable {
    /// `key:<id>`, `session:<staff member>`, `link`, or a command of the operator's.
    package var reader: String
    /// The route as the document names it, or the command.
    package var route: String

    /// Names a reading.
    package init(reader: String, route: String) {
        self.reader = reader
        self.route = route
    }
}

/// The audit log could not be written, so nothing was opened. It passes by itself.
package struct OpeningNotNoted: Error, Sendable {
    /// When to try again.
    package let retryAfterSeconds: Int

    /// Says when to try again.
    package init(retryAfterSeconds: Int) {
        self.retryAfterSeconds = retryAfterSeconds
    }
}
