/// The escapes of JSON strings, for text that has been checked already.
enum JSONEscapes {
    /// The value of a hexadecimal digit.
    @inline(__always) static func hexValue(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Appends the text of a string's `count` inner bytes to `output`, as UTF-8. A surrogate without its partner
    /// becomes U+FFFD. Bytes that are no escape are copied as they are.
    static func unescape(count: Int, byte: (Int) -> UInt8, into output: inout [UInt8]) {
        var place = 0
        while place < count {
            let current = byte(place)
            guard current == UInt8(ascii: "\\"), place + 1 < count else {
                output.append(current)
                place += 1
                continue
            }
            let kind = byte(place + 1)
            if kind == UInt8(ascii: "u") {
                place = self.unescapeUnicode(at: place, count: count, byte: byte, into: &output)
            } else {
                output.append(self.simple(kind))
                place += 2
            }
        }
    }

    /// What `\x` stands for.
    private static func simple(_ kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }

    private static func unescapeUnicode(
        at place: Int, count: Int, byte: (Int) -> UInt8, into output: inout [UInt8]
    ) -> Int {
        guard let high = self.unit(at: place, count: count, byte: byte) else {
            output.append(byte(place))
            return place + 1
        }
        if (0xD800..<0xDC00).contains(high), let low = self.unit(at: place + 6, count: count, byte: byte),
            (0xDC00..<0xE000).contains(low)
        {
            self.append(0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00), to: &output)
            return place + 12
        }
        self.append((0xD800..<0xE000).contains(high) ? 0xFFFD : UInt32(high), to: &output)
        return place + 6
    }

    /// The UTF-16 unit that `\uXXXX` at `place` writes.
    private static func unit(at place: Int, count: Int, byte: (Int) -> UInt8) -> UInt16? {
        guard place + 6 <= count, byte(place) == UInt8(ascii: "\\"), byte(place + 1) == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for digit in (place + 2)..<(place + 6) {
            guard let value = self.hexValue(byte(digit)) else { return nil }
            unit = unit << 4 | value
        }
        return unit
    }

    private static func append(_ scalar: UInt32, to output: inout [UInt8]) {
        switch scalar {
        case ..<0x80:
            output.append(UInt8(scalar))
        case ..<0x800:
            output.append(0xC0 | UInt8(scalar >> 6))
            output.append(0x80 | UInt8(scalar & 0x3F))
        case ..<0x10000:
            output.append(0xE0 | UInt8(scalar >> 12))
            output.append(0x80 | UInt8(scalar >> 6 & 0x3F))
            output.append(0x80 | UInt8(scalar & 0x3F))
        default:
            output.append(0xF0 | UInt8(scalar >> 18))
            output.append(0x80 | UInt8(scalar >> 12 & 0x3F))
            output.append(0x80 | UInt8(scalar >> 6 & 0x3F))
            output.append(0x80 | UInt8(scalar & 0x3F))
        }
    }
}
