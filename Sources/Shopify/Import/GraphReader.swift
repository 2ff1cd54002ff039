internal import EventModel

/// Reads one JSON text into a `GraphValue`. Strict enough for what Shopify writes; nil for everything else.
struct GraphReader {
    /// Deeper texts are no answer of ours; bounds the recursion.
    private static let depthMax = 32

    private var place = 0

    /// The value that `bytes` are.
    static func read(_ bytes: Span<UInt8>) -> GraphValue? {
        var reader = GraphReader()
        guard let value = reader.value(bytes, 0) else { return nil }
        reader.skipSpace(bytes)
        return reader.place == bytes.count ? value : nil
    }

    /// The value that `bytes` are.
    static func read(_ bytes: [UInt8]) -> GraphValue? { read(bytes.span) }

    private mutating func value(_ bytes: Span<UInt8>, _ depth: Int) -> GraphValue? {
        skipSpace(bytes)
        guard place < bytes.count, depth < Self.depthMax else { return nil }
        switch bytes[place] {
        case UInt8(ascii: "{"): return object(bytes, depth)
        case UInt8(ascii: "["): return list(bytes, depth)
        case UInt8(ascii: "\""): return string(bytes).map { .string($0) }
        case UInt8(ascii: "t"): return word("true", .bool(true), bytes)
        case UInt8(ascii: "f"): return word("false", .bool(false), bytes)
        case UInt8(ascii: "n"): return word("null", .null, bytes)
        default: return number(bytes)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, _ depth: Int) -> GraphValue? {
        place += 1
        var members: [GraphValue.Member] = []
        skipSpace(bytes)
        if skip(UInt8(ascii: "}"), bytes) { return .object([]) }
        repeat {
            skipSpace(bytes)
            guard let name = string(bytes) else { return nil }
            skipSpace(bytes)
            guard skip(UInt8(ascii: ":"), bytes), let value = value(bytes, depth + 1) else { return nil }
            members.append(GraphValue.Member(name: name, value: value))
            skipSpace(bytes)
        } while skip(UInt8(ascii: ","), bytes)
        return skip(UInt8(ascii: "}"), bytes) ? .object(members) : nil
    }

    private mutating func list(_ bytes: Span<UInt8>, _ depth: Int) -> GraphValue? {
        place += 1
        var values: [GraphValue] = []
        skipSpace(bytes)
        if skip(UInt8(ascii: "]"), bytes) { return .list([]) }
        repeat {
            guard let value = value(bytes, depth + 1) else { return nil }
            values.append(value)
            skipSpace(bytes)
        } while skip(UInt8(ascii: ","), bytes)
        return skip(UInt8(ascii: "]"), bytes) ? .list(values) : nil
    }

    private mutating func string(_ bytes: Span<UInt8>) -> String? {
        guard skip(UInt8(ascii: "\""), bytes) else { return nil }
        let start = place
        var hasEscapes = false
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                let match = JSONMatch(pointer: 0, start: start - 1, end: place + 1, type: .string)
                place += 1
                if hasEscapes { return JSONText.string(bytes, match) }
                return unsafe bytes.extracting(start..<match.end - 1).withUnsafeBufferPointer {
                    unsafe String(decoding: $0, as: UTF8.self)
                }
            case UInt8(ascii: "\\"):
                hasEscapes = true
                place += 2
            case 0..<0x20: return nil
            default: place += 1
            }
        }
        return nil
    }

    private mutating func number(_ bytes: Span<UInt8>) -> GraphValue? {
        let start = place
        while place < bytes.count, Self.isNumeral(bytes[place]) { place += 1 }
        guard place > start else { return nil }
        return .number(String(decoding: bytes.extracting(start..<place).array, as: UTF8.self))
    }

    private static func isNumeral(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func word(_ word: StaticString, _ value: GraphValue, _ bytes: Span<UInt8>) -> GraphValue? {
        guard place + word.utf8CodeUnitCount <= bytes.count else { return nil }
        for index in 0..<word.utf8CodeUnitCount {
            let expected = unsafe word.utf8Start[index]
            if bytes[place + index] != expected { return nil }
        }
        place += word.utf8CodeUnitCount
        return value
    }

    private mutating func skip(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
    }
}
