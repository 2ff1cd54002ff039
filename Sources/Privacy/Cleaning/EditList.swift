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
        var count = 1
        for index in 1..<edits.count {
            let (last, edit) = (edits[count - 1], edits[index])
            guard edit.range.lowerBound < last.range.upperBound else {
                edits[count] = edit
                count += 1
                continue
            }
            // JSON values nest and never cross; only parts of one string can.
            let joined = last.range.lowerBound..<max(last.range.upperBound, edit.range.upperBound)
            // What is hashed may as well be sealed with the rest.
            let isKept = edit.isSealed || edit.kind == .hashedInside
            edits[count - 1] = Edit(kind: isKept ? last.kind : last.kind.removed, range: joined)
        }
        edits.removeSubrange(count...)
    }

    private static func isInOrder(_ edits: [Edit]) -> Bool {
        for index in 1..<edits.count where edits[index].range.lowerBound < edits[index - 1].range.upperBound {
            return false
        }
        return true
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
}
