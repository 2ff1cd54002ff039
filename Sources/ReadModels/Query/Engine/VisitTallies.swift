internal import EventModel

/// Reads the tallies of sessions, each row in its cell.
struct VisitTallies {
    private let columns: ShopColumns
    /// The cell of each row; `cellCount` for rows that do not count. Empty where no session tally is wanted.
    private let cells: [UInt32]
    private let cellCount: Int
    private let wanted: Set<Tally>
    private let distinct: [Tally: DistinctCounts]

    private static let flags: [(tally: Tally, bit: UInt8)] = [
        (.sessions, 0), (.bounced, ShopColumns.Flag.bounced), (.engaged, ShopColumns.Flag.engaged),
        (.converted, ShopColumns.Flag.converted), (.withLead, ShopColumns.Flag.withLead),
    ]

    init(_ columns: ShopColumns, cells: [UInt32], cellCount: Int, wanted: Set<Tally>) {
        self.columns = columns
        self.cells = cells
        self.cellCount = cellCount
        self.wanted = wanted
        func counts(_ cells: [UInt32]) -> DistinctCounts {
            DistinctCounts(cells, columns.person, cellCount: cellCount, bound: columns.visitors.count)
        }
        var distinct: [Tally: DistinctCounts] = [:]
        if wanted.contains(.visitors) { distinct[.visitors] = counts(cells) }
        if wanted.contains(.convertedVisitors) {
            let bit = ShopColumns.Flag.converted
            distinct[.convertedVisitors] = counts(Kernels.only(cells, columns.flags, bit, spare: UInt32(cellCount)))
        }
        self.distinct = distinct
    }

    /// The wanted tallies of sessions for each cell.
    func grouped() -> [Tally: [Int64]] {
        var result = distinct.mapValues(\.perCell)
        let flags = Self.flags.filter { wanted.contains($0.tally) }
        if !flags.isEmpty {
            let counts = Kernels.flagCounts(cells, columns.flags, cellCount: cellCount, wanted: flags.map(\.bit))
            for (flag, count) in zip(flags, counts) { result[flag.tally] = count }
        }
        if wanted.contains(.leads) { result[.leads] = leads() }
        if wanted.contains(.durationMillis) { result[.durationMillis] = sums(columns.duration) }
        if wanted.contains(.durationMedianTwice) {
            result[.durationMedianTwice] = medians(cells, cellCount: cellCount)
        }
        return result
    }

    /// Those of the wanted tallies that do not add up, over the kept cells; over all where `kept` is nil.
    func total(_ kept: [Bool]?) -> [Tally: Int64] {
        var result = distinct.mapValues { $0.total(kept) }
        if wanted.contains(.durationMedianTwice) {
            let isKept = (0..<cellCount).map { kept?[$0] ?? true } + [false]
            result[.durationMedianTwice] = medians(cells.map { isKept[Int($0)] ? 0 : 1 }, cellCount: 1)[0]
        }
        return result
    }

    /// True where a counted session is of a visitor without consent.
    var hasDailyVisitors: Bool {
        let kinds = columns.texts[VisitColumn.visitorKind.rawValue]
        let daily = (0..<kinds.values.count).first { kinds.values.text($0) == VisitorKind.daily.name }
        guard let daily else { return false }
        return cells.indices.contains { cells[$0] < cellCount && kinds.code($0) == daily }
    }

    private func leads() -> [Int64] { columns.firstLeads.sums(columns, cells, cellCount: cellCount) }

    private func sums<T: FixedWidthInteger>(_ values: [T]) -> [Int64] {
        unsafe values.withUnsafeBufferPointer { values in
            Kernels.sums(cells, cellCount: cellCount) { unsafe Int64(values[$0]) }
        }
    }

    private func medians(_ cells: [UInt32], cellCount: Int) -> [Int64] {
        var parts = Kernels.partition(cells, columns.duration, cellCount: cellCount)
        return Kernels.mediansTwice(&parts.values, ends: parts.ends)
    }
}
