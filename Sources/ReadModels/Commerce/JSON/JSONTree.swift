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
        var builder = JSONTreeBuilder(bytes)
        builder.build()
        self.bytes = bytes
        self.values = builder.values
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

/// Indexes a text that is known to be JSON; recursion is bounded by `JSONScanner.depthMax`.
struct JSONTreeBuilder {
    private let bytes: [UInt8]
    private(set) var values: [JSONTree.Value] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // Orders have a value for about 24 bytes of text.
        values.reserveCapacity(bytes.count / 24 + 8)
    }

    mutating func build() { _ = value(at: skip(0)) }

    private func skip(_ start: Int) -> Int {
        var place = start
        while bytes[place] <= 0x20 { place += 1 }
        return place
    }

    /// Adds the value that begins at `start`; gives the offset behind it.
    private mutating func value(at start: Int) -> Int {
        switch bytes[start] {
        case UInt8(ascii: "\""): return string(at: start)
        case UInt8(ascii: "{"): return container(at: start, .object)
        case UInt8(ascii: "["): return container(at: start, .array)
        case UInt8(ascii: "t"): return scalar(start, start + 4, .true_)
        case UInt8(ascii: "f"): return scalar(start, start + 5, .false_)
        case UInt8(ascii: "n"): return scalar(start, start + 4, .null)
        default:
            var end = start + 1
            while end < bytes.count, Self.isNumeric(bytes[end]) { end += 1 }
            return scalar(start, end, .number)
        }
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func scalar(_ start: Int, _ end: Int, _ type: JSONType, hasEscape: Bool = false) -> Int {
        values.append(
            JSONTree.Value(
                start: UInt32(start), end: UInt32(end), next: UInt32(values.count + 1), type: type,
                hasEscape: hasEscape))
        return end
    }

    private mutating func string(at start: Int) -> Int {
        var place = start + 1
        var hasEscape = false
        while bytes[place] != UInt8(ascii: "\"") {
            if bytes[place] == UInt8(ascii: "\\") {
                hasEscape = true
                place += 1
            }
            place += 1
        }
        return scalar(start, place + 1, .string, hasEscape: hasEscape)
    }

    private mutating func container(at start: Int, _ type: JSONType) -> Int {
        let index = values.count
        _ = scalar(start, start, type)
        let close = type == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
        var place = skip(start + 1)
        while bytes[place] != close {
            if type == .object { place = skip(skip(string(at: place)) + 1) }
            place = skip(value(at: place))
            if bytes[place] == UInt8(ascii: ",") { place = skip(place + 1) }
        }
        values[index].end = UInt32(place + 1)
        values[index].next = UInt32(values.count)
        return place + 1
    }
}
