/// Keeps edits in order and apart.
enum EditList {
    /// Sorts by place. Of edits that overlap the one that begins first stays, then the longer, then the stricter; one that
    /// reaches further is joined to it, so that nothing of it is left readable. What is to be removed is not kept by being
    /// part of something that is sealed: that is removed as well.
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
            let joined = last.range.lowerBound..<max(last.range.upperBound, edit.range.upperBound)
            // What is hashed may as well be sealed with the rest.
            let isKept = edit.isSealed || edit.kind == .hashedInside
            kept[kept.count - 1] = Edit(kind: isKept ? last.kind : last.kind.removed, range: joined)
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
        case .inside, .hashedInside: 0
        }
    }

    /// How the edit is told in the sealed head; nil for what is not sealed.
    var fieldKind: SealedHead.FieldKind? {
        switch self.kind {
        case .whole: .whole
        case .inside: .inside
        case .null, .removedInside, .hashedInside: nil
        }
    }
}
