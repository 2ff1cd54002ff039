/// What a JSON value is, told by its first byte.
package enum JSONType: UInt8, Sendable {
    case string, number, object, array, true_, false_, null

    /// True for everything but objects and arrays.
    package var isScalar: Bool { self != .object && self != .array }
}

/// One place where a pattern of a `PointerSet` met a value.
package struct JSONMatch: Sendable, Equatable {
    /// The pattern's index in the list that the set was made from.
    package var pointer: Int
    /// Offset of the value's first byte; for a string that is its opening quote.
    package var start: Int
    /// Offset behind the value's last byte.
    package var end: Int
    /// The value's type.
    package var type: JSONType

    /// A match of `pointer` over `[start, end)`.
    package init(pointer: Int, start: Int, end: Int, type: JSONType) {
        self.pointer = pointer
        self.start = start
        self.end = end
        self.type = type
    }

    /// The value's bytes as a range of the scanned buffer.
    package var range: Range<Int> { self.start..<self.end }
}

/// One event of a request body: its bytes, and the matches inside it.
package struct JSONElement: Sendable, Equatable {
    /// The element's bytes in the body.
    package var range: Range<Int>
    /// Its matches, as a range of `JSONScanner.matches`.
    package var matches: Range<Int>
    /// What the element is; only `.object` can be an event.
    package var type: JSONType
}
