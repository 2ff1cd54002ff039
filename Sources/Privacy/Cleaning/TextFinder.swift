internal import EventModel

/// A text to be found inside the strings of JSON documents: the inner bytes of a JSON string.
struct SearchedText {
    let bytes: [UInt8]
    let rarest: Int

    /// Shorter texts say nothing about a person and may stand anywhere by chance; the shortest address has seven bytes.
    static let bytesMin = 7

    /// Nil for what is too short.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.bytesMin else { return nil }
        self.bytes = bytes
        self.rarest = Self.rarest(of: bytes.span)
    }

    /// Where the byte of `bytes` stands that JSON holds least often: only places with that byte are looked at.
    static func rarest(of bytes: Span<UInt8>) -> Int {
        var best = (place: 0, frequency: Int.max)
        for place in bytes.indices where best.frequency > 0 {
            let frequency = Self.frequency(bytes[place])
            if frequency < best.frequency { best = (place, frequency) }
        }
        return best.place
    }

    /// How often a byte stands in events, roughly.
    private static func frequency(_ byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "\""): 3
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), 0x20: 2
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."): 1
        default: 0
        }
    }
}

/// Finds a text's occurrences inside the strings of a JSON document.
enum TextFinder {
    /// Calls `found` with each range inside the strings of `text[range]` that holds `needle`. The ranges do not overlap,
    /// and none begins within an escape. `range` begins outside of a string. `rarest` is a place in `needle`.
    static func find(
        _ needle: Span<UInt8>, rarest: Int, in text: Span<UInt8>, within range: Range<Int>,
        found: (Range<Int>) -> Void
    ) {
        func first(from: Int) -> Int {
            Self.first(needle, rarest, in: text, from: from, to: range.upperBound)
        }
        // The content of the string that is looked at, and a place in it where an escape may begin.
        var (start, close, unit) = (range.lowerBound, range.lowerBound - 1, range.lowerBound)
        var place = first(from: range.lowerBound)
        while place < range.upperBound {
            guard place < close else {
                let open = ByteFinder.first(UInt8(ascii: "\""), in: text, from: close + 1, to: range.upperBound)
                guard open < range.upperBound else { return }
                (start, unit) = (open + 1, open + 1)
                close = self.end(text, from: start, to: range.upperBound)
                if place < start { place = first(from: start) }
                continue
            }
            let end = place + needle.count
            self.passEscapes(text, &unit, to: place)
            let isWhole = unit == place && end <= close
            if isWhole { found(place..<end) }
            place = first(from: isWhole ? end : place + 1)
        }
    }

    /// The first place at or behind `from` where `text[..<to]` holds `needle`, or `to`.
    private static func first(
        _ needle: Span<UInt8>, _ rarest: Int, in text: Span<UInt8>, from: Int, to: Int
    ) -> Int {
        var place = from
        while to - place >= needle.count {
            let mark = ByteFinder.first(
                needle[rarest], in: text, from: place + rarest, to: to - needle.count + rarest + 1)
            guard mark <= to - needle.count + rarest else { return to }
            place = mark - rarest
            if text.extracting(place..<place + needle.count).isEqual(needle) { return place }
            place += 1
        }
        return to
    }

    /// The closing quote of the string whose content begins at `start`, or `limit`.
    private static func end(_ text: Span<UInt8>, from start: Int, to limit: Int) -> Int {
        var place = min(start, limit)
        while true {
            place = ByteFinder.first(UInt8(ascii: "\""), in: text, from: place, to: limit)
            var first = place
            while first > start, text[first - 1] == UInt8(ascii: "\\") { first -= 1 }
            if place == limit || (place - first) % 2 == 0 { return place }
            place += 1
        }
    }

    /// Moves `unit` to `place`, or behind the escape that `place` is within.
    private static func passEscapes(_ text: Span<UInt8>, _ unit: inout Int, to place: Int) {
        while unit < place {
            unit = ByteFinder.first(UInt8(ascii: "\\"), in: text, from: unit, to: place)
            // Bytes of the escape: `\u` and four digits, or two.
            if unit < place { unit += text[unit + 1] == UInt8(ascii: "u") ? 6 : 2 }
        }
    }
}
