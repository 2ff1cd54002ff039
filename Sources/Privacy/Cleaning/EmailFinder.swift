internal import EventModel

/// Finds e-mail addresses inside JSON text, also where they are percent-encoded (`%40`) or escaped (`\u0040`).
///
/// It would rather take too much: everything left of the sign that could be part of an address belongs to it.
enum EmailFinder {
    static let sign = UInt8(ascii: "@")

    /// Calls `found` with the range of each address in `text[range]`, in order. The text's signs are `signs`; several parts
    /// of it are asked for in their order.
    static func find(
        _ text: Span<UInt8>, in range: Range<Int>, _ signs: inout SignCursor, found: (Range<Int>) -> Void
    ) {
        var floor = range.lowerBound
        var place = range.lowerBound
        while let sign = signs.first(from: place), sign < range.upperBound {
            place = sign
            let length = self.signLength(text, at: place, to: range.upperBound)
            guard length > 0 else {
                place += 1
                continue
            }
            let start = self.localStart(text, before: place, floor: floor)
            let end = self.domainEnd(text, from: place + length, to: range.upperBound)
            if start < place && self.isDomain(text, place + length..<end) {
                found(start..<end)
                floor = end
                place = end
            } else {
                // What stands before this sign belongs to no address behind it: looked at once, however many signs come.
                place += length
                floor = place
            }
        }
    }

    /// The length of the sign at `place` in one of its spellings, else 0.
    static func signLength(_ text: Span<UInt8>, at place: Int, to end: Int) -> Int {
        switch text[place] {
        case UInt8(ascii: "@"): 1
        case UInt8(ascii: "%"):
            // Encoded once (%40) or again (%2540).
            if self.has("40", text, place + 1, end) {
                3
            } else if self.has("2540", text, place + 1, end) {
                5
            } else {
                0
            }
        case UInt8(ascii: "\\"): self.has("u0040", text, place + 1, end) ? 6 : 0
        default: 0
        }
    }

    private static func has(_ word: StaticString, _ text: Span<UInt8>, _ place: Int, _ end: Int) -> Bool {
        guard place + word.utf8CodeUnitCount <= end else { return false }
        for index in 0..<word.utf8CodeUnitCount {
            let expected = unsafe word.utf8Start[index]
            if text[place + index] != expected { return false }
        }
        return true
    }

    /// Where the address begins whose sign is at `place`.
    private static func localStart(_ text: Span<UInt8>, before place: Int, floor: Int) -> Int {
        var start = place
        while start > floor {
            if self.isLocal(text[start - 1]) {
                start -= 1
            } else if text[start - 1] == UInt8(ascii: "\\"), self.isEscaping(text, start - 1, floor), start < place {
                // The byte at `start` belongs to an escape, which must not be torn apart.
                start -= 1
            } else {
                break
            }
        }
        return start
    }

    /// True when the backslash at `place` begins an escape, that is, when no backslash before it escapes it.
    private static func isEscaping(_ text: Span<UInt8>, _ place: Int, _ floor: Int) -> Bool {
        var first = place
        while first > floor, text[first - 1] == UInt8(ascii: "\\") { first -= 1 }
        return (place - first) % 2 == 0
    }

    private static func domainEnd(_ text: Span<UInt8>, from place: Int, to limit: Int) -> Int {
        var end = place
        while end < limit {
            if self.isDomain(text[end]) {
                end += 1
            } else if text[end] == UInt8(ascii: "\\"), end + 6 <= limit, text[end + 1] == UInt8(ascii: "u") {
                end += 6
            } else {
                break
            }
        }
        return end
    }

    /// A domain has a letter somewhere (`name@1.2.3` is a version), and `@2x.png` is a picture.
    private static func isDomain(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard range.contains(where: { text[$0] | 0x20 >= UInt8(ascii: "a") }) else { return false }
        guard range.count >= 4, text[range.lowerBound + 1] == UInt8(ascii: "x"),
            text[range.lowerBound + 2] == UInt8(ascii: ".")
        else { return true }
        let ending = String(decoding: text.extracting(range.lowerBound + 3..<range.upperBound).array, as: UTF8.self)
        return !["png", "jpg", "jpeg", "gif", "webp", "svg", "avif"].contains(ending.lowercased())
    }

    private static func isLocal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "%"), UInt8(ascii: "'"), UInt8(ascii: "!"), UInt8(ascii: "~"),
            UInt8(ascii: "$"), UInt8(ascii: "*"), UInt8(ascii: "^"), 0x80...:
            true
        default: false
        }
    }

    private static func isDomain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), 0x80...:
            true
        default: false
        }
    }
}
