internal import EventModel

/// Reads an address that `EmailFinder` found.
enum EmailText {
    /// Encoded once (`%40`), or again as part of another address (`%2540`).
    private static let encodingsMax = 2
    /// RFC 5321, 4.5.3.1: no address is longer.
    private static let bytesMax = 254

    /// The address in `text[range]`, which lies inside a JSON string, without its escapes and percent-encoding and without
    /// what stands around it; nil where no address is left.
    static func address(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        let quoted = JSONMatch(pointer: -1, start: range.lowerBound - 1, end: range.upperBound + 1, type: .string)
        var bytes = JSONText.content(text, quoted)
        for _ in 0..<self.encodingsMax where bytes.contains(UInt8(ascii: "%")) { bytes = self.decoded(bytes) }
        let whole = String(decoding: bytes, as: UTF8.self)
        guard let sign = whole.lastIndex(of: "@") else { return nil }
        let start = whole[..<sign].lastIndex { !self.isLocal($0) }.map { whole.index(after: $0) } ?? whole.startIndex
        // People put quotes and stars around addresses, and forms write spaces as `+`.
        let local = whole[start..<sign].drop { !self.isWord($0) }
        var domain = whole[whole.index(after: sign)...].prefix { self.isWord($0) || $0 == "." || $0 == "-" }
        while let last = domain.last, last == "." || last == "-" { domain.removeLast() }
        guard !local.isEmpty, !domain.isEmpty, local.utf8.count + domain.utf8.count < self.bytesMax else { return nil }
        return Array("\(local)@\(domain)".utf8)
    }

    /// One level of percent-encoding less; what is no encoding stays.
    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count, let high = self.hex(bytes[place + 1]),
                let low = self.hex(bytes[place + 2])
            {
                decoded.append(high << 4 | low)
                place += 3
            } else {
                decoded.append(bytes[place])
                place += 1
            }
        }
        return decoded
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    /// RFC 5321's atext as far as it stands in real addresses, and the dot.
    private static func isLocal(_ character: Character) -> Bool {
        self.isWord(character) || "-+.'!~$*^".contains(character)
    }
}
