/// JSON written as text: the generator's output is built from pieces, not from a tree.
enum JSONText {
    /// A string with its quotes.
    static func string(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 }) else { return "\"\(text)\"" }
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default:
                if scalar.value < 0x20 {
                    out += "\\u00" + ClockText.padded(0, scalar.value < 16 ? 1 : 0) + String(scalar.value, radix: 16)
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + "\""
    }

    /// A string, or null where there is none.
    static func optional(_ text: String?) -> String { text.map(self.string) ?? "null" }

    /// An array of ready values.
    static func array(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }
}
