internal import EventModel

/// Who returns. A visit counts for a person (see `ShopColumns.person`), and all visits of a person but the first one return,
/// whatever the browser: who returns is one of those whom `visitors` counts.
extension ShopColumns {
    /// For each row whether the person had a visit before; of visits that begin at the same moment one is the first.
    var returns: [Bool] {
        var first = [UInt32](repeating: VisitorTable.none, count: visitors.count)
        for row in 0..<rowCount where startSlot[row] != Self.unusedSlot {
            let known = first[Int(person[row])]
            if known == VisitorTable.none || isEarlier(row, than: Int(known)) { first[Int(person[row])] = UInt32(row) }
        }
        return (0..<rowCount).map { first[Int(person[$0])] != UInt32($0) }
    }

    /// In an order that does not depend on that of the rows.
    private func isEarlier(_ row: Int, than other: Int) -> Bool {
        if startSlot[row] != startSlot[other] { return startSlot[row] < startSlot[other] }
        if startOffset[row] != startOffset[other] { return startOffset[row] < startOffset[other] }
        return visitors.key(Int(visitor[row])) < visitors.key(Int(visitor[other]))
    }

    /// What `settleReturning` has found of one visit; nil where it is not here.
    func isReturning(_ key: Key128, startedAt: Int64) -> Bool? {
        let row = rows(of: key).first { startSlot[$0] != Self.unusedSlot && self.startedAt($0) == startedAt }
        return row.map { texts[VisitColumn.returning.rawValue].text($0) == "true" }
    }
}
