/// Why events were not recorded. Nothing of a call that throws may be counted on; recording it again is safe.
package struct RecorderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable, Equatable {
        /// Neither the buffer nor the log took the events.
        case unavailable
        /// The buffer is full, because the log is behind.
        case full
    }

    /// What kind of failure it was.
    package let code: Code
    /// When to try again.
    package let retryAfterSeconds: Int

    /// Makes an error.
    package init(_ code: Code, retryAfterSeconds: Int) {
        self.code = code
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Both pass by themselves.
    package var isRetryable: Bool { true }

    /// One line for logs.
    package var description: String {
        switch code {
        case .unavailable: "events were not recorded: no store took them"
        case .full: "events were not recorded: the buffer is full"
        }
    }
}
