internal import EventModel

/// Reads the tallies of sessions, each row in its cell.
struct VisitTallies {
    let columns: ShopColumns
    /// The cell of each row; `Kernels.none` for rows that do not count. Empty where no session tally is wanted.
    let cells: [UInt32]
    let cellCount: Int

    private static let flags: [(tally: Tally, bit: UInt8)] = [
        (.sessions, 0), (.bounced, ShopColumns.Flag.bounced), (.engaged, ShopColumns.Flag.engaged),
        (.converted, ShopColumns.Flag.converted), (.withLead, ShopColumns.Flag.withLead),
    ]

    /// The wanted tallies of sessions for each cell.
    func grouped(_ wanted: Set<Tally>) -> [Tally: [Int64]] {
        var result: [Tally: [Int64]] = [:]
        guard !cells.isEmpty else {
            for tally in wanted where tally.kind != .activity { result[tally] = Array(repeating: 0, count: cellCount) }
            return result
        }
        let flags = Self.flags.filter { wanted.contains($0.tally) }
        if !flags.isEmpty {
            let counts = Kernels.flagCounts(cells, columns.flags, cellCount: cellCount, wanted: flags.map(\.bit))
            for (flag, count) in zip(flags, counts) { result[flag.tally] = count }
        }
        if wanted.contains(.leads) {
            result[.leads] = Kernels.sums(cells, cellCount: cellCount) { Int64(columns.leads[$0]) }
        }
        if wanted.contains(.durationMillis) {
            result[.durationMillis] = Kernels.sums(cells, cellCount: cellCount) { Int64(columns.duration[$0]) }
        }
        if wanted.contains(.visitors) { result[.visitors] = distinct(cells) }
        if wanted.contains(.convertedVisitors) { result[.convertedVisitors] = distinct(converted) }
        if wanted.contains(.durationMedianTwice) {
            var parts = Kernels.partition(cells, columns.duration, cellCount: cellCount)
            result[.durationMedianTwice] = Kernels.mediansTwice(&parts.values, ends: parts.ends)
        }
        return result
    }

    /// Those of the wanted tallies that do not add up, over the kept cells; over all where `kept` is nil.
    func total(_ wanted: Set<Tally>, _ kept: [Bool]?) -> [Tally: Int64] {
        var result: [Tally: Int64] = [:]
        if wanted.contains(.visitors) { result[.visitors] = distinct(cells, kept) }
        if wanted.contains(.convertedVisitors) { result[.convertedVisitors] = distinct(converted, kept) }
        if wanted.contains(.durationMedianTwice) {
            let one = cells.map { cell in
                cell != Kernels.none && (kept?[Int(cell)] ?? true) ? 0 : Kernels.none
            }
            var parts = Kernels.partition(one, columns.duration, cellCount: 1)
            result[.durationMedianTwice] = Kernels.mediansTwice(&parts.values, ends: parts.ends)[0]
        }
        return result
    }

    /// True where a counted session is of a visitor without consent.
    var hasDailyVisitors: Bool {
        let kinds = columns.texts[VisitColumn.visitorKind.rawValue]
        let daily = (0..<kinds.values.count).first { kinds.values.text($0) == VisitorKind.daily.name }
        guard let daily else { return false }
        return cells.indices.contains { cells[$0] != Kernels.none && kinds.code($0) == daily }
    }

    private var converted: [UInt32] {
        Kernels.only(cells, columns.flags, ShopColumns.Flag.converted)
    }

    private func distinct(_ cells: [UInt32]) -> [Int64] {
        let parts = Kernels.partition(cells, columns.visitor, cellCount: cellCount)
        return Kernels.distinct(parts.values, ends: parts.ends, bound: columns.visitors.count)
    }

    private func distinct(_ cells: [UInt32], _ kept: [Bool]?) -> Int64 {
        Kernels.distinct(cells, columns.visitor, kept: kept, bound: columns.visitors.count)
    }
}
