extension WireValue {
    /// Reads exactly one JSON value; at most 100 levels deep, which is more than any document here has.
    package init(json bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes: bytes)
        self = try reader.document()
    }

    /// The same from text.
    package init(jsonText text: String) throws(WireError) { try self.init(json: Array(text.utf8)) }
}

/// Bytes that are no JSON, and where.
package struct WireError: Error, Hashable { package var offset: Int }

/// Reads JSON by recursive descent.
private struct WireReader {
    static let depthMax = 100
    let bytes: [UInt8]
    var offset = 0
    var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }
    private var error: WireError { WireError(offset: offset) }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    mutating func document() throws(WireError) -> WireValue {
        let value = try self.value()
        guard next == nil else { throw error }
        return value
    }

    private mutating func value() throws(WireError) -> WireValue {
        guard depth < Self.depthMax else { throw error }
        depth += 1
        defer { depth -= 1 }
        skipBlanks()
        let value: WireValue
        switch next {
        case UInt8(ascii: "{"): value = try object()
        case UInt8(ascii: "["): value = try array()
        case UInt8(ascii: "\""): value = .string(try string())
        case UInt8(ascii: "t"): value = try word("true", .bool(true))
        case UInt8(ascii: "f"): value = try word("false", .bool(false))
        case UInt8(ascii: "n"): value = try word("null", .null)
        default: value = try number()
        }
        skipBlanks()
        return value
    }

    private mutating func word(_ word: StaticString, _ value: WireValue) throws(WireError) -> WireValue {
        let letters = Array(word.description.utf8)
        guard bytes.dropFirst(offset).starts(with: letters) else { throw error }
        offset += letters.count
        return value
    }

    private mutating func number() throws(WireError) -> WireValue {
        let start = offset
        while let byte = next, "+-.eE0123456789".utf8.contains(byte) { offset += 1 }
        let digits = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard Double(digits) != nil else { throw error }
        return .number(digits)
    }

    private mutating func array() throws(WireError) -> WireValue {
        offset += 1
        var elements: [WireValue] = []
        skipBlanks()
        if take("]") { return .array([]) }
        while true {
            elements.append(try value())
            if take("]") { return .array(elements) }
            guard take(",") else { throw error }
        }
    }

    private mutating func object() throws(WireError) -> WireValue {
        offset += 1
        var members: [WireMember] = []
        skipBlanks()
        if take("}") { return .object([]) }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw error }
            let name = try string()
            skipBlanks()
            guard take(":") else { throw error }
            members.append(WireMember(name, try value()))
            if take("}") { return .object(members) }
            guard take(",") else { throw error }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func string() throws(WireError) -> String {
        offset += 1
        var text: [UInt8] = []
        while let byte = next {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            default: text.append(byte)
            }
        }
        throw error
    }

    private mutating func escape(into text: inout [UInt8]) throws(WireError) {
        guard let byte = next else { throw error }
        offset += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"):
            var unit = try hexadecimal()
            if unit >= 0xD800, unit < 0xDC00, bytes.dropFirst(offset).starts(with: Array("\\u".utf8)) {
                offset += 2
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw error }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            text.append(contentsOf: String(Character(Unicode.Scalar(unit) ?? "\u{FFFD}")).utf8)
        default: text.append(byte)
        }
    }

    private mutating func hexadecimal() throws(WireError) -> UInt32 {
        guard offset + 4 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[offset..<(offset + 4)], as: UTF8.self), radix: 16)
        else { throw error }
        offset += 4
        return unit
    }
}
