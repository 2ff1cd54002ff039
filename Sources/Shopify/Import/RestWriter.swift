/// Writes JSON of the REST shape.
struct RestWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// A JSON object.
    static func object(_ body: (inout RestWriter) -> Void) -> [UInt8] {
        var writer = RestWriter()
        writer.bytes.reserveCapacity(4096)
        writer.object(body)
        return writer.bytes
    }

    /// An object as the next element of a list.
    mutating func object(_ body: (inout RestWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    mutating func object(_ name: String, _ body: (inout RestWriter) -> Void) {
        key(name)
        object(body)
    }

    mutating func list(_ name: String, _ body: (inout RestWriter) -> Void) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// A list with an object for each value.
    mutating func list(_ name: String, of values: [GraphValue], _ body: (inout RestWriter, GraphValue) -> Void) {
        list(name) { writer in
            for value in values { writer.object { body(&$0, value) } }
        }
    }

    /// A string, or null.
    mutating func text(_ name: String, _ text: String?) {
        key(name)
        if let text { string(text) } else { raw("null") }
        needsComma = true
    }

    /// A number by its digits, or null.
    mutating func number(_ name: String, _ digits: String?) {
        key(name)
        raw(digits ?? "null")
        needsComma = true
    }

    mutating func bool(_ name: String, _ value: Bool?) {
        key(name)
        raw(value.map { $0 ? "true" : "false" } ?? "null")
        needsComma = true
    }

    /// Any scalar, as it is.
    mutating func scalar(_ name: String, _ value: GraphValue) {
        switch value {
        case .string(let value): text(name, value)
        case .number(let digits): number(name, digits)
        case .bool(let value): bool(name, value)
        case .null, .list, .object: number(name, nil)
        }
    }

    /// A string as the next element of a list.
    mutating func element(_ text: String) {
        separate()
        string(text)
        needsComma = true
    }

    private mutating func key(_ name: String) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: raw("\\n")
            case 0..<0x20: raw(Self.controls[Int(byte)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let controls = (0..<0x20).map { "\\u00" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }
}
