/// Why the private stores do not run. The message is meant for the person at the terminal.
package struct PrivateStoresError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: Sendable {
        /// A program is not installed.
        case missingProgram
        /// The data folder cannot be used.
        case folder
        /// Another process of ours uses the data folder.
        case inUse
        /// A store ended or did not answer in time.
        case notReady
        /// The system refused something.
        case system
    }

    /// What kind of failure it was.
    package let code: Code
    /// What happened and what to do.
    package let message: String

    /// Makes an error.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}
