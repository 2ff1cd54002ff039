/// Bytes as lower-case hexadecimal text.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two digits a byte.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes { append(byte, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the sixteen digits of a number's bytes, the lowest first.
    package static func append(littleEndian number: UInt64, to text: inout [UInt8]) {
        for shift in stride(from: 0, to: UInt64.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> UInt64(shift)), to: &text)
        }
    }

    private static func append(_ byte: UInt8, to text: inout [UInt8]) {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }

    /// nil for an odd number of digits or anything that is none; upper case is read too.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Bytes as base64 text (RFC 4648).
package enum Base64 {
    /// Which two characters stand for 62 and 63, and whether the end is padded.
    package enum Alphabet: Sendable {
        /// `+` and `/`, padded.
        case standard
        /// `-` and `_`, not padded.
        case url

        var characters: [UInt8] { self == .standard ? Base64.standard : Base64.url }
    }

    private static let common = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let standard = common + Array("+/".utf8)
    private static let url = common + Array("-_".utf8)

    /// Four characters for three bytes.
    package static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
        let characters = alphabet.characters
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for position in 0...group.count { text.append(characters[bits >> (18 - 6 * position) & 63]) }
            guard alphabet == .standard else { continue }
            text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - group.count))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil for a foreign character, a wrong length or bits left over; padding may be absent.
    package static func decode(_ text: String, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var characters = Array(text.utf8)
        let isPadded = characters.count.isMultiple(of: 4)
        for _ in 0..<2 where isPadded && characters.last == UInt8(ascii: "=") { characters.removeLast() }
        guard characters.count % 4 != 1 else { return nil }
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.characters.enumerated() { values[Int(character)] = UInt8(value) }
        var bytes: [UInt8] = []
        var (bits, bitCount) = (0, 0)
        for character in characters {
            guard values[Int(character)] < 64 else { return nil }
            bits = (bits << 6 | Int(values[Int(character)])) & 0xFFFF
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
        }
        return bits & (1 << bitCount - 1) == 0 ? bytes : nil
    }
}
