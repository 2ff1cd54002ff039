extension WireValue {
    /// The value as JSON without blanks.
    ///
    /// `escapingSlashes` writes `\/` as Shopify's bulk files do (Tests/Fixtures/admin_graphql.json, `bulk-jsonl-run`).
    package func json(escapingSlashes: Bool = false) -> [UInt8] {
        var out: [UInt8] = []
        append(to: &out, escapingSlashes: escapingSlashes)
        return out
    }

    /// The value as JSON text.
    package var jsonText: String { String(decoding: json(), as: UTF8.self) }

    /// Appends the value as JSON without blanks.
    package func append(to out: inout [UInt8], escapingSlashes: Bool) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case .number(let digits): out.append(contentsOf: digits.utf8)
        case .string(let text): Self.append(text, to: &out, escapingSlashes: escapingSlashes)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.append(to: &out, escapingSlashes: escapingSlashes)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.append(member.name, to: &out, escapingSlashes: escapingSlashes)
                out.append(UInt8(ascii: ":"))
                member.value.append(to: &out, escapingSlashes: escapingSlashes)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ text: String, to out: inout [UInt8], escapingSlashes: Bool) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\\"): out.append(contentsOf: #"\\"#.utf8)
            case UInt8(ascii: "/") where escapingSlashes: out.append(contentsOf: #"\/"#.utf8)
            case 0x0A: out.append(contentsOf: #"\n"#.utf8)
            case 0x0D: out.append(contentsOf: #"\r"#.utf8)
            case 0x09: out.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20:
                out.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u00").utf8)
                out.append(contentsOf: String(byte, radix: 16).utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
