/// Why bytes are not the JSON that was asked for, and where.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of fault.
    package struct Code: Sendable, Equatable, CustomStringConvertible {
        private enum Value: String {
            case unexpectedEnd = "the text ends too early"
            case unexpectedByte = "a byte that cannot stand here"
            case byteOrderMark = "a byte order mark"
            case badNumber = "not a number of JSON"
            case badEscape = "an escape that JSON does not know"
            case controlCharacter = "a control character inside a string"
            case invalidUTF8 = "bytes that are not UTF-8"
            case tooDeep = "nested too deeply"
            case trailingBytes = "bytes after the value"
            case tooManyElements = "too many events"
            case notEvents = "neither an event, an array of events nor an object with events"
        }

        private let value: Value

        /// The text stops inside a value.
        package static let unexpectedEnd = Self(value: .unexpectedEnd)
        /// A byte that the grammar does not allow at its place.
        package static let unexpectedByte = Self(value: .unexpectedByte)
        /// The text begins with EF BB BF, which RFC 8259 forbids in transmission.
        package static let byteOrderMark = Self(value: .byteOrderMark)
        /// A number with a leading zero, a bare sign, an empty fraction or an empty exponent.
        package static let badNumber = Self(value: .badNumber)
        /// A backslash followed by something that is no escape.
        package static let badEscape = Self(value: .badEscape)
        /// A byte below 0x20 inside a string.
        package static let controlCharacter = Self(value: .controlCharacter)
        /// Overlong, truncated, surrogate or out-of-range UTF-8.
        package static let invalidUTF8 = Self(value: .invalidUTF8)
        /// More than `JSONScanner.depthMax` levels.
        package static let tooDeep = Self(value: .tooDeep)
        /// Something other than white space follows the value.
        package static let trailingBytes = Self(value: .trailingBytes)
        /// A body holds more events than the caller allows.
        package static let tooManyElements = Self(value: .tooManyElements)
        /// Valid JSON of none of the three body forms.
        package static let notEvents = Self(value: .notEvents)

        /// The fault in words.
        package var description: String { self.value.rawValue }
    }

    /// The kind of fault.
    package let code: Code
    /// Offset of the byte at which it was seen.
    package let offset: Int

    /// A fault of kind `code` at `offset`.
    package init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// The fault and its place, for logs; nothing of the text.
    package var description: String { "\(self.code) at byte \(self.offset)" }
}
