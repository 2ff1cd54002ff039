package import EventModel

/// A JSON text with an index of its values. Nothing is decoded before it is asked for, and numbers stay text: ids are
/// read as integers of 64 bits and money as decimals, never through a double. Building it is one pass over the text.
package final class JSONTree: Sendable {
    /// One value, or the key before a member's value. Values stand in the order of the text.
    struct Value {
        /// Offset of the first byte.
        var start: UInt32
        /// Offset behind the last byte.
        var end: UInt32
        /// Index of what stands behind this value and all that is inside it.
        var next: UInt32
        var type: JSONType
        /// A string with a backslash in it.
        var hasEscape: Bool
    }

    let bytes: [UInt8]
    let values: [Value]

    /// The tree of a text that a `JSONScanner` has passed.
    init(scanned bytes: [UInt8]) {
        self.bytes = bytes
        values = JSONTreeBuilder(bytes.span).values
    }

    /// Checks the text first; throws where it is not JSON.
    package convenience init(_ bytes: [UInt8]) throws(JSONError) {
        var scanner = JSONScanner()
        try scanner.scan(bytes.span, pointers: Self.nothing)
        self.init(scanned: bytes)
    }

    /// The whole text's value.
    package var root: JSONNode { JSONNode(tree: self, index: 0) }

    private static let nothing = PointerSet([])
}

/// Indexes a text that is known to be JSON; recursion is bounded by `JSONScanner.depthMax`. The text is handed down beside
/// the values: with both in one structure the compiler keeps a reference to the values while it reads the text, and each
/// value added copies all of them.
struct JSONTreeBuilder {
    private(set) var values: [JSONTree.Value] = []

    /// `bytes` are valid JSON.
    init(_ bytes: Span<UInt8>) {
        // Orders have a value for about 24 bytes of text.
        values.reserveCapacity(bytes.count / 24 + 8)
        _ = add(bytes, at: Self.skip(bytes, 0))
    }

    private static func skip(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var place = start
        while bytes[place] <= 0x20 { place += 1 }
        return place
    }

    /// Adds the value that begins at `start`; gives the offset behind it.
    private mutating func add(_ bytes: Span<UInt8>, at start: Int) -> Int {
        switch bytes[start] {
        case UInt8(ascii: "\""): return addString(bytes, at: start)
        case UInt8(ascii: "{"): return addContainer(bytes, at: start, .object)
        case UInt8(ascii: "["): return addContainer(bytes, at: start, .array)
        case UInt8(ascii: "t"): return addScalar(start, start + 4, .true_)
        case UInt8(ascii: "f"): return addScalar(start, start + 5, .false_)
        case UInt8(ascii: "n"): return addScalar(start, start + 4, .null)
        default:
            var end = start + 1
            while end < bytes.count, Self.isNumeric(bytes[end]) { end += 1 }
            return addScalar(start, end, .number)
        }
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func addScalar(_ start: Int, _ end: Int, _ type: JSONType, hasEscape: Bool = false) -> Int {
        values.append(
            JSONTree.Value(
                start: UInt32(start), end: UInt32(end), next: UInt32(values.count + 1), type: type,
                hasEscape: hasEscape))
        return end
    }

    private mutating func addString(_ bytes: Span<UInt8>, at start: Int) -> Int {
        var place = start + 1
        var hasEscape = false
        while bytes[place] != UInt8(ascii: "\"") {
            if bytes[place] == UInt8(ascii: "\\") {
                hasEscape = true
                place += 1
            }
            place += 1
        }
        return addScalar(start, place + 1, .string, hasEscape: hasEscape)
    }

    private mutating func addContainer(_ bytes: Span<UInt8>, at start: Int, _ type: JSONType) -> Int {
        let index = values.count
        _ = addScalar(start, start, type)
        let close = type == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
        var place = Self.skip(bytes, start + 1)
        while bytes[place] != close {
            if type == .object { place = Self.skip(bytes, Self.skip(bytes, addString(bytes, at: place)) + 1) }
            place = Self.skip(bytes, add(bytes, at: place))
            if bytes[place] == UInt8(ascii: ",") { place = Self.skip(bytes, place + 1) }
        }
        values[index].end = UInt32(place + 1)
        values[index].next = UInt32(values.count)
        return place + 1
    }
}
