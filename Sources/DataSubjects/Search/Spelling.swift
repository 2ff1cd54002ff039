/// Takes the escapes out of bytes, so that a text is found however it is spelt where it stands: percent-encoded, also
/// several times over (`%40`, `%2540`), escaped in JSON (`\u0040`, also in JSON within JSON) or in fullwidth signs
/// (`＠`).
///
/// Both sides of a comparison go through it. What is no escape stays as it is, so nothing is lost; two texts that
/// differ only in such escapes become one.
enum Spelling {
    /// Escapes within escapes, of different kinds: what encodes does so once or twice.
    private static let depthMax = 4

    /// The bytes without escapes; in UTF-8 what was told by code units.
    static func plain(_ bytes: [UInt8]) -> [UInt8] {
        var plain = bytes
        for _ in 0..<depthMax {
            guard plain.contains(where: isSign) else { break }
            let next = unescaped(plain)
            guard next.count < plain.count else { break }
            plain = next
        }
        return plain
    }

    /// A regular expression of Postgres for texts that may have escapes; others are plain already.
    static let pattern = #"%[0-9A-Fa-f]{2}|\\|[！-～]"#

    private static func isSign(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "%") || byte == UInt8(ascii: "\\") || byte == wideLead
    }

    /// One pass; every escape is longer than what it stands for.
    private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let rest = bytes[index...]
            let taken =
                switch bytes[index] {
                case UInt8(ascii: "%"): percent(rest, &plain)
                case UInt8(ascii: "\\"): backslashes(rest, &plain)
                case wideLead: wide(rest, &plain)
                default: 0
                }
            if taken == 0 { plain.append(bytes[index]) }
            index += max(1, taken)
        }
        return plain
    }

    // Each appends what stands for an escape at the beginning of `rest` and returns the escape's length; 0 for none.

    private static func percent(_ rest: ArraySlice<UInt8>, _ plain: inout [UInt8]) -> Int {
        guard let value = number(rest.dropFirst().prefix(2), digits: 2) else { return 0 }
        plain.append(UInt8(truncatingIfNeeded: value))
        return 3
    }

    /// Any number of backslashes escapes what is behind them: JSON within JSON doubles them.
    private static func backslashes(_ rest: ArraySlice<UInt8>, _ plain: inout [UInt8]) -> Int {
        let count = rest.prefix { $0 == UInt8(ascii: "\\") }.count
        let behind = rest.dropFirst(count)
        guard let first = behind.first else { return 0 }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "/") {
            plain.append(first)
            return count + 1
        }
        guard first == UInt8(ascii: "u"), let unit = number(behind.dropFirst().prefix(4), digits: 4) else {
            plain.append(UInt8(ascii: "\\"))
            return count
        }
        let length = count + 5
        if let scalar = Unicode.Scalar(unit) {
            plain += Array(String(Character(scalar)).utf8)
            return length
        }
        // The first half of a pair; a half alone stands for nothing.
        let second = behind.dropFirst(5)
        let marks = second.prefix { $0 == UInt8(ascii: "\\") }.count
        guard unit < 0xDC00, marks > 0, second.dropFirst(marks).first == UInt8(ascii: "u"),
            let low = number(second.dropFirst(marks + 1).prefix(4), digits: 4), (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { return 0 }
        plain += Array(String(Character(scalar)).utf8)
        return length + marks + 5
    }

    /// U+FF01 to U+FF5E are U+0021 to U+007E, wide (Unicode, Halfwidth and Fullwidth Forms).
    private static func wide(_ rest: ArraySlice<UInt8>, _ plain: inout [UInt8]) -> Int {
        let bytes = Array(rest.prefix(3))
        guard bytes.count == 3, bytes[1] == 0xBC || bytes[1] == 0xBD, bytes[2] & 0xC0 == 0x80 else { return 0 }
        let sign = UInt8(0x20) + (bytes[1] - 0xBC) << 6 + (bytes[2] & 0x3F)
        guard (0x21...0x7E).contains(sign) else { return 0 }
        plain.append(sign)
        return 3
    }

    private static let wideLead: UInt8 = 0xEF

    /// Hex digits, exactly so many.
    private static func number(_ digits: ArraySlice<UInt8>, digits count: Int) -> UInt32? {
        guard digits.count == count else { return nil }
        return digits.reduce(UInt32?(0)) { value, digit in
            guard let value, let one = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            return value << 4 | UInt32(one)
        }
    }
}
