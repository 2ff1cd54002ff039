/// Keeps edits in order and apart.
enum EditList {
    /// Sorts by place. Of edits that overlap the one that begins first stays, then the longer, then the stricter; a
    /// later one that reaches further has its rest cut off only when nothing of it would be left readable, so the two
    /// are joined instead.
    static func normalise(_ edits: inout [Edit]) {
        guard edits.count > 1 else { return }
        if self.isInOrder(edits) { return }
        edits.sort { left, right in
            (left.range.lowerBound, -left.range.upperBound, -left.strictness)
                < (right.range.lowerBound, -right.range.upperBound, -right.strictness)
        }
        var kept: [Edit] = []
        for edit in edits {
            guard let last = kept.last, edit.range.lowerBound < last.range.upperBound else {
                kept.append(edit)
                continue
            }
            // JSON values nest and never cross; only parts of one string can.
            if edit.range.upperBound > last.range.upperBound {
                let joined = last.range.lowerBound..<edit.range.upperBound
                kept[kept.count - 1] = Edit(kind: last.kind, range: joined)
            }
        }
        edits = kept
    }

    /// `edits` with what `find` adds in the gaps between them.
    static func filled(
        _ edits: [Edit], within range: Range<Int>, find: (Range<Int>, (Edit) -> Void) -> Void
    ) -> [Edit] {
        var filled: [Edit] = []
        var place = range.lowerBound
        for edit in edits {
            find(place..<edit.range.lowerBound) { filled.append($0) }
            filled.append(edit)
            place = edit.range.upperBound
        }
        find(place..<range.upperBound) { filled.append($0) }
        return filled
    }

    private static func isInOrder(_ edits: [Edit]) -> Bool {
        zip(edits, edits.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound }
    }
}

extension Edit {
    fileprivate var strictness: Int {
        switch self.kind {
        case .null: 3
        case .whole: 2
        case .removedInside: 1
        case .inside: 0
        }
    }

    /// How the edit is told in the sealed head; nil for what is not sealed.
    var fieldKind: SealedHead.FieldKind? {
        switch self.kind {
        case .whole: .whole
        case .inside: .inside
        case .null, .removedInside: nil
        }
    }
}

/// Finds a text's occurrences.
enum TextFinder {
    /// Shorter texts say nothing about a person and may stand anywhere by chance.
    static let bytesMin = 8

    /// Calls `found` with each range of `text[range]` that holds `needle`; the ranges do not overlap.
    static func find(
        _ needle: Span<UInt8>, in text: Span<UInt8>, within range: Range<Int>, found: (Range<Int>) -> Void
    ) {
        guard needle.count >= Self.bytesMin else { return }
        var place = range.lowerBound
        while place + needle.count <= range.upperBound {
            if self.has(needle, text, place) {
                found(place..<place + needle.count)
                place += needle.count
            } else {
                place += 1
            }
        }
    }

    private static func has(_ needle: Span<UInt8>, _ text: Span<UInt8>, _ place: Int) -> Bool {
        for index in 0..<needle.count where text[place + index] != needle[index] { return false }
        return true
    }
}
