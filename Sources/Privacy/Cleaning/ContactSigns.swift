internal import EventModel

/// Where the signs of e-mail addresses (`@`) and of telephone numbers (`+`) stand in a text, however they are written.
///
/// Four searches by the C library's `memchr`, which looks at a vector at a time, cost a quarter of one loop over the bytes,
/// and tell it of most texts that there is nothing. Its storage is used again by the next text.
struct ContactSigns {
    /// In the order of the text; empty where there can be no address.
    private(set) var emails: [Int] = []
    /// In the order of the text; empty where there can be no number.
    private(set) var phones: [Int] = []

    /// Forgets the text before and looks at `text[range]`.
    mutating func find(_ text: Span<UInt8>, in range: Range<Int>) {
        self.clear()
        Self.each(EmailFinder.sign, text, range) { emails.append($0) }
        Self.each(PhoneFinder.sign, text, range) { phones.append($0) }
        let (plainEmails, plainPhones) = (emails.count, phones.count)
        for mark in [UInt8(ascii: "%"), UInt8(ascii: "\\")] {
            Self.each(mark, text, range) { place in
                if EmailFinder.signLength(text, at: place, to: range.upperBound) > 0 { emails.append(place) }
                if PhoneFinder.signLength(text, at: place, to: range.upperBound) > 0 { phones.append(place) }
            }
        }
        if emails.count > plainEmails { emails.sort() }
        if phones.count > plainPhones { phones.sort() }
    }

    /// Forgets the text before.
    mutating func clear() {
        emails.empty()
        phones.empty()
    }

    private static func each(_ byte: UInt8, _ text: Span<UInt8>, _ range: Range<Int>, _ found: (Int) -> Void) {
        var place = ByteFinder.first(byte, in: text, from: range.lowerBound, to: range.upperBound)
        while place < range.upperBound {
            found(place)
            place = ByteFinder.first(byte, in: text, from: place + 1, to: range.upperBound)
        }
    }
}

/// Goes through the places of signs, for one part of a text after the other.
struct SignCursor {
    private let places: [Int]
    private var index = 0

    /// Through `places`, which are in order.
    init(_ places: [Int]) { self.places = places }

    /// True when one stands in `range`, which never goes back.
    mutating func stands(in range: Range<Int>) -> Bool {
        self.first(from: range.lowerBound).map { $0 < range.upperBound } ?? false
    }

    /// The first place at or behind `start`; nil behind the last. `start` never goes back.
    mutating func first(from start: Int) -> Int? {
        while index < places.count, places[index] < start { index += 1 }
        return index < places.count ? places[index] : nil
    }
}
