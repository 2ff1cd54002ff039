internal import EventModel

/// Finds the values of query parameters that are not stored as they are, inside JSON strings.
struct QueryParameters {
    /// The names by their length, so that a name is compared with few others.
    private var byLength: [[(name: [UInt8], kind: Edit.Kind)]] = []

    /// `secret` ones hold secrets or personal data, `click` ones a number of one click of one person: a seal of it would
    /// need a key for each visitor whom an advertisement led here. Names are in lower case.
    init(secret: [[UInt8]], click: [[UInt8]]) {
        for name in secret { self.add(name, .inside) }
        for name in click { self.add(name, .hashedInside) }
    }

    private mutating func add(_ name: [UInt8], _ kind: Edit.Kind) {
        while byLength.count <= name.count { byLength.append([]) }
        if !byLength[name.count].contains(where: { $0.name == name }) { byLength[name.count].append((name, kind)) }
    }

    /// Appends an edit for each value in `text[range]`, in order. What looks like a parameter within another one's value
    /// goes with it.
    func find(_ text: Span<UInt8>, in range: Range<Int>, _ equals: inout EqualsSign, into edits: inout [Edit]) {
        var place = range.lowerBound
        while true {
            place = equals.first(in: text, from: place)
            guard place < range.upperBound else { return }
            guard let kind = self.kind(text, before: place, range.lowerBound) else {
                place += 1
                continue
            }
            let end = Self.valueEnd(text, from: place + 1, to: range.upperBound)
            if end > place + 1 { edits.append(Edit(kind: kind, range: place + 1..<end)) }
            place = end
        }
    }

    /// What becomes of the value whose `=` is at `place`; `customer[email]` and `email[]` count as `email`.
    private func kind(_ text: Span<UInt8>, before place: Int, _ floor: Int) -> Edit.Kind? {
        var end = place
        if end > floor, text[end - 1] == UInt8(ascii: "]") { end -= 1 }
        if end > floor, end < place, text[end - 1] == UInt8(ascii: "[") { end -= 1 }
        if end - floor >= 3, text[end - 3] == UInt8(ascii: "%"), text[end - 2] == UInt8(ascii: "5"),
            text[end - 1] | 0x20 == UInt8(ascii: "d")
        {
            end -= 3
        }
        var start = end
        while start > floor, Self.isName(text[start - 1]) { start -= 1 }
        let isEscaped = start > floor && text[start - 1] == UInt8(ascii: "%")
        // In `%5Bemail%5D` and `\u0026key` the letters of the escape run into the name.
        if start > floor, text[start - 1] == UInt8(ascii: "%") { start = min(start + 2, end) }
        if start > floor, text[start - 1] == UInt8(ascii: "\\"), end - start >= 5, text[start] == UInt8(ascii: "u") {
            start += 5
        }
        if end - start < byLength.count {
            let candidates = byLength[end - start]
            for index in candidates.indices where Self.isEqual(candidates[index].name, text, at: start) {
                return candidates[index].kind
            }
        }
        return isEscaped ? self.kind(ofEscaped: text, before: place, floor) : nil
    }

    /// The same of a name with percent escapes anywhere in it, such as `e%6Dail` or `email%5B%5D`.
    private func kind(ofEscaped text: Span<UInt8>, before place: Int, _ floor: Int) -> Edit.Kind? {
        var start = place
        while start > max(floor, place - Self.escapedNameBytesMax), Self.mayBeOfName(text[start - 1]) { start -= 1 }
        var name: [UInt8] = []
        while start < place {
            if text[start] == UInt8(ascii: "%"), start + 2 < place, let high = Self.digit(text[start + 1]),
                let low = Self.digit(text[start + 2])
            {
                name.append(high << 4 | low)
                start += 3
            } else {
                name.append(text[start])
                start += 1
            }
        }
        while let last = name.last, !Self.isName(last) { name.removeLast() }
        let word = name[(name.lastIndex { !Self.isName($0) }.map { $0 + 1 } ?? 0)...].map(Self.lower)
        return word.count < byLength.count ? byLength[word.count].first { $0.name == word }?.kind : nil
    }

    /// The longest name that is looked for has far fewer, each written as three.
    private static let escapedNameBytesMax = 96

    private static func mayBeOfName(_ byte: UInt8) -> Bool {
        isName(byte) || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46, 0x61...0x66: (byte | 0x20) - 0x61 + 10
        default: nil
        }
    }

    private static func isEqual(_ name: [UInt8], _ text: Span<UInt8>, at start: Int) -> Bool {
        for index in name.indices where name[index] != self.lower(text[start + index]) { return false }
        return true
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

/// The next `=` of a text, looked for once however many of its strings are asked for: most have none.
struct EqualsSign {
    private let end: Int
    private var (from, next) = (0, -1)

    /// Those before `end`.
    init(before end: Int) { self.end = end }

    /// The first at or behind `start`, or the end.
    mutating func first(in text: Span<UInt8>, from start: Int) -> Int {
        if next < start || start < from { next = ByteFinder.first(UInt8(ascii: "="), in: text, from: start, to: end) }
        from = start
        return next
    }
}
