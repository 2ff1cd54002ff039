internal import EventModel

/// What is needed to clean an event, used again by the next one; nothing is allocated once it has grown.
struct CleaningRoom {
    /// What is not stored as it came.
    var edits: [Edit] = []
    /// The edits while one text is looked through by itself.
    var others: [Edit] = []
    /// Of those that give a handle, where they stand.
    var naming: [JSONMatch] = []
    /// Of the event, where e-mail addresses and telephone numbers are looked for everywhere.
    var signs = ContactSigns()
    /// What a sweep found between them.
    var found: [Edit] = []
    /// Values that tell the browser, of an event without consent.
    var identifiers: [JSONMatch] = []
    /// The texts among them that were looked for.
    var texts: [Range<Int>] = []
    var collector = HandleCollector()
    var known = KnownHandles()
    /// The sealed values, and where they stood.
    var plain: [UInt8] = []
    var places: [UInt8] = []

    /// Adds what `find` finds in the gaps between the edits, which are in order and apart, and stay so.
    mutating func fillGaps(of range: Range<Int>, find: (Range<Int>, (Range<Int>) -> Void) -> Void) {
        found.removeAll(keepingCapacity: true)
        var place = range.lowerBound
        for edit in edits {
            find(place..<edit.range.lowerBound) { found.append(Edit(kind: .inside, range: $0)) }
            place = edit.range.upperBound
        }
        find(place..<range.upperBound) { found.append(Edit(kind: .inside, range: $0)) }
        guard !found.isEmpty else { return }
        edits += found
        edits.sort { $0.range.lowerBound < $1.range.lowerBound }
    }
}

extension Array {
    /// Forgets what is in it and keeps its storage; looks first, because most are empty and the library's way is long.
    @inline(__always) mutating func empty() { if !self.isEmpty { self.removeAll(keepingCapacity: true) } }
}
