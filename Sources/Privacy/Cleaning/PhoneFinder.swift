internal import EventModel

/// Finds telephone numbers inside JSON text: a plus sign, also percent-encoded (`%2B`) or escaped, and 8 to 15 digits behind
/// it (ITU-T E.164), with what people write between them. A number without the sign is not found: it may be anything.
enum PhoneFinder {
    private static let digits = 8...15
    /// Signs between two digits, as in `+1 (555) 625`.
    private static let separatorsMax = 2

    static let sign = UInt8(ascii: "+")

    /// Calls `found` with the range of each number in `text[range]`, in order. The text's signs are `signs`; several parts
    /// of it are asked for in their order.
    static func find(
        _ text: Span<UInt8>, in range: Range<Int>, _ signs: inout SignCursor, found: (Range<Int>) -> Void
    ) {
        var place = range.lowerBound
        while let start = signs.first(from: place), start < range.upperBound {
            let length = self.signLength(text, at: start, to: range.upperBound)
            guard length > 0 else {
                place = start + 1
                continue
            }
            place = start + length
            guard !self.isInside(text, start, floor: range.lowerBound),
                let end = self.end(text, from: place, to: range.upperBound)
            else { continue }
            found(start..<end)
            place = end
        }
    }

    /// The number in `text[range]`, which `find` has found, as a person would write it.
    static func number(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var number = [self.sign]
        var place = range.lowerBound + self.signLength(text, at: range.lowerBound, to: range.upperBound)
        while place < range.upperBound {
            let length = self.separatorLength(text, at: place, to: range.upperBound)
            number.append(length == 3 ? 0x20 : text[place])
            place += max(1, length)
        }
        return number
    }

    /// The length of the sign at `place` in one of its spellings, else 0.
    static func signLength(_ text: Span<UInt8>, at place: Int, to end: Int) -> Int {
        switch text[place] {
        case self.sign: 1
        case UInt8(ascii: "%"): self.has("2b", text, place + 1, end) ? 3 : 0
        case UInt8(ascii: "\\"): self.has("u002b", text, place + 1, end) ? 6 : 0
        default: 0
        }
    }

    private static func has(_ word: StaticString, _ text: Span<UInt8>, _ place: Int, _ end: Int) -> Bool {
        let count = word.utf8CodeUnitCount
        guard place + count <= end else { return false }
        // A capital B is one as well; digits have that bit set.
        for index in 0..<count where text[place + index] | 0x20 != (unsafe word.utf8Start[index]) { return false }
        return true
    }

    /// True behind a letter or a digit, as in base64 or an exponent, unless these end an escape.
    private static func isInside(_ text: Span<UInt8>, _ place: Int, floor: Int) -> Bool {
        guard place > floor, self.isWord(text[place - 1]) else { return false }
        if place - 2 >= floor, text[place - 2] == UInt8(ascii: "\\") { return false }
        return !(place - 3 >= floor && text[place - 3] == UInt8(ascii: "%"))
    }

    /// Where the last group of digits ends with which the number is long enough and not too long.
    private static func end(_ text: Span<UInt8>, from start: Int, to limit: Int) -> Int? {
        guard start < limit, text[start] &- UInt8(ascii: "1") < 9 else { return nil }
        var (place, count, gap) = (start, 0, 0)
        var end: Int?
        while place < limit, count <= self.digits.upperBound {
            if self.isDigit(text[place]) {
                (place, count, gap) = (place + 1, count + 1, 0)
                let isLast = place == limit || !self.isDigit(text[place])
                if isLast, self.digits.contains(count) { end = place }
            } else {
                let length = self.separatorLength(text, at: place, to: limit)
                guard length > 0, gap < self.separatorsMax else { break }
                (place, gap) = (place + length, gap + 1)
            }
        }
        return end
    }

    private static func separatorLength(_ text: Span<UInt8>, at place: Int, to limit: Int) -> Int {
        switch text[place] {
        case 0x20, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "("), UInt8(ascii: ")"): 1
        case UInt8(ascii: "%") where place + 3 <= limit && text[place + 1] == 0x32 && text[place + 2] == 0x30: 3
        default: 0
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func isWord(_ byte: UInt8) -> Bool {
        self.isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
    }
}
