// Privacy: raw events in, clean ones out. Decides who the visitor is, seals what is personal under keys of the data
// subject, and opens it again for those who may read it. Nothing here does I/O: keys and salts come in, new keys go
// out with the event.

/// Why sealed data or a wrapped key cannot be opened.
package struct PrivacyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of fault.
    package struct Code: Sendable, Equatable {
        private enum Value { case badKey, malformed, wrongKey }
        private let value: Value

        /// A key is not 32 bytes of hex or base64.
        package static let badKey = Self(value: .badKey)
        /// The bytes have not the form that this version writes.
        package static let malformed = Self(value: .malformed)
        /// The authentication failed: another key, or the bytes belong to another shop or event.
        package static let wrongKey = Self(value: .wrongKey)
    }

    /// The kind of fault.
    package let code: Code
    /// What was being opened; never holds any of it.
    package let message: String

    /// One line for logs.
    package var description: String { self.message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
