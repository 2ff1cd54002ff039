internal import EventModel

/// Finds the values of query parameters that hold secrets or personal data, inside JSON strings.
enum SecretParameterFinder {
    /// Calls `found` with the range of each value in `text[range]` whose parameter is in `names` (lower case).
    static func find(_ text: Span<UInt8>, in range: Range<Int>, names: [[UInt8]], found: (Range<Int>) -> Void) {
        var place = range.lowerBound
        while true {
            place = ByteFinder.first(UInt8(ascii: "="), in: text, from: place, to: range.upperBound)
            guard place < range.upperBound else { return }
            guard self.isSecret(text, before: place, range.lowerBound, names) else {
                place += 1
                continue
            }
            let end = self.valueEnd(text, from: place + 1, to: range.upperBound)
            if end > place + 1 { found(place + 1..<end) }
            place = end
        }
    }

    /// True when the parameter whose `=` is at `place` is one of `names`; `customer[email]` counts as `email`.
    private static func isSecret(_ text: Span<UInt8>, before place: Int, _ floor: Int, _ names: [[UInt8]]) -> Bool {
        var end = place
        if end > floor, text[end - 1] == UInt8(ascii: "]") { end -= 1 }
        if end - floor >= 3, text[end - 3] == UInt8(ascii: "%"), text[end - 2] == UInt8(ascii: "5"),
            text[end - 1] | 0x20 == UInt8(ascii: "d")
        {
            end -= 3
        }
        var start = end
        while start > floor, self.isName(text[start - 1]) { start -= 1 }
        // In `%5Bemail%5D` and `\u0026key` the letters of the escape run into the name.
        if start > floor, text[start - 1] == UInt8(ascii: "%") { start = min(start + 2, end) }
        if start > floor, text[start - 1] == UInt8(ascii: "\\"), end - start >= 5, text[start] == UInt8(ascii: "u") {
            start += 5
        }
        return names.contains { name in
            guard name.count == end - start else { return false }
            return name.indices.allSatisfy { name[$0] == Self.lower(text[start + $0]) }
        }
    }

    /// The value ends at the next parameter, the fragment, or the string's end; escapes inside it stay whole.
    private static func valueEnd(_ text: Span<UInt8>, from start: Int, to limit: Int) -> Int {
        var end = start
        while end < limit {
            switch text[end] {
            case UInt8(ascii: "&"), UInt8(ascii: "#"), UInt8(ascii: "\""), 0x20: return end
            case UInt8(ascii: "\\"):
                if end + 6 <= limit, text[end + 1] == UInt8(ascii: "u"), text[end + 4] == UInt8(ascii: "2"),
                    text[end + 5] == UInt8(ascii: "6")
                {
                    return end
                }
                end = min(end + 2, limit)
            default: end += 1
            }
        }
        return end
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
