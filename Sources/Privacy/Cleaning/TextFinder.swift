internal import EventModel

/// Finds a text's occurrences inside the strings of a JSON document.
enum TextFinder {
    /// Shorter texts say nothing about a person and may stand anywhere by chance; the shortest address has seven bytes.
    static let bytesMin = 7

    /// Calls `found` with each range inside the strings of `text[range]` that holds `needle`, the inner bytes of a JSON
    /// string. The ranges do not overlap, and none begins within an escape.
    static func find(
        _ needle: Span<UInt8>, in text: Span<UInt8>, within range: Range<Int>, found: (Range<Int>) -> Void
    ) {
        var place = range.lowerBound
        while true {
            place = ByteFinder.first(UInt8(ascii: "\""), in: text, from: place, to: range.upperBound) + 1
            guard place < range.upperBound else { return }
            // Inside a string, up to its closing quote.
            while place < range.upperBound, text[place] != UInt8(ascii: "\"") {
                if place + needle.count < range.upperBound, self.has(needle, text, place) {
                    found(place..<place + needle.count)
                    place += needle.count
                } else {
                    place += self.unit(text, place, range.upperBound)
                }
            }
            place += 1
            guard place < range.upperBound else { return }
        }
    }

    /// Bytes of the character or the escape at `place`.
    private static func unit(_ text: Span<UInt8>, _ place: Int, _ end: Int) -> Int {
        guard text[place] == UInt8(ascii: "\\"), place + 1 < end else { return 1 }
        return text[place + 1] == UInt8(ascii: "u") ? 6 : 2
    }

    private static func has(_ needle: Span<UInt8>, _ text: Span<UInt8>, _ place: Int) -> Bool {
        for index in 0..<needle.count where text[place + index] != needle[index] { return false }
        return true
    }
}
