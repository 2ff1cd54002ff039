/// What a JSON value is, told by its first byte.
///
/// `@usableFromInline`, as every type with members that other modules inline: without it the compiler keeps
/// `@inlinable` members of a `package` type to this module, and says nothing.
@usableFromInline package enum JSONType: UInt8, Sendable {
    case string, number, object, array, true_, false_, null

    /// Equal cases. Said here, because the `==` that comes with raw values is called through a table by other modules.
    @inlinable package static func == (left: JSONType, right: JSONType) -> Bool { left.rawValue == right.rawValue }

    /// True for everything but objects and arrays.
    @inlinable package var isScalar: Bool { self != .object && self != .array }
}

/// One place where a pattern of a `PointerSet` met a value. In 16 bytes, because an event has some dozens and they are
/// copied about; texts of 2 GiB or more trap.
@usableFromInline package struct JSONMatch: Sendable, Equatable {
    @usableFromInline let pattern: Int32
    @usableFromInline let first: Int32
    @usableFromInline var last: Int32
    /// The value's type.
    @usableFromInline package let type: JSONType

    /// A match of `pointer` over `[start, end)`.
    @inlinable package init(pointer: Int, start: Int, end: Int, type: JSONType) {
        self.pattern = Int32(pointer)
        self.first = Int32(start)
        self.last = Int32(end)
        self.type = type
    }

    /// The pattern's index in the list that the set was made from.
    @inlinable package var pointer: Int { Int(self.pattern) }
    /// Offset of the value's first byte; for a string that is its opening quote.
    @inlinable package var start: Int { Int(self.first) }
    /// Offset behind the value's last byte.
    @inlinable package var end: Int {
        get { Int(self.last) }
        set { self.last = Int32(newValue) }
    }

    /// The value's bytes as a range of the scanned buffer.
    @inlinable package var range: Range<Int> { self.start..<self.end }
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
