internal import EventModel

/// The tallies of sessions, each row in its cell.
struct VisitTallies {
    private let columns: ShopColumns
    private let cellCount: Int
    private let wanted: Set<Tally>
    private let flagTallies: [(tally: Tally, bit: UInt8)]
    private var flags: FlagCounts
    private var durations: [Int64]
    private var distinct: [Tally: DistinctCounts] = [:]
    /// Cells and durations of all rows where the median is wanted.
    private var medianCells: [UInt32] = []
    private var medianValues: [UInt32] = []
    /// The code of visitors without consent, where there are any and their number is wanted.
    private var dailyCode: Int?
    /// True where a counted session is of a visitor without consent.
    private(set) var hasDailyVisitors = false

    private static let flags: [(tally: Tally, bit: UInt8)] = [
        (.sessions, 0), (.bounced, ShopColumns.Flag.bounced), (.engaged, ShopColumns.Flag.engaged),
        (.converted, ShopColumns.Flag.converted), (.withLead, ShopColumns.Flag.withLead),
    ]

    /// About `rowCount` rows are to come, in cells below `cellCount`, or in that one where they do not count.
    init(_ columns: ShopColumns, _ wanted: Set<Tally>, cellCount: Int, rowCount: Int) {
        self.columns = columns
        self.cellCount = cellCount
        self.wanted = wanted
        flagTallies = Self.flags.filter { wanted.contains($0.tally) }
        flags = FlagCounts(flagTallies.map(\.bit), cellCount: cellCount)
        durations = [Int64](repeating: 0, count: wanted.contains(.durationMillis) ? cellCount + 1 : 0)
        for tally in wanted where tally.kind == .distinct {
            distinct[tally] = DistinctCounts(cellCount: cellCount, bound: columns.visitors.count, rowCount: rowCount)
        }
        if wanted.contains(.durationMedianTwice) {
            medianCells.reserveCapacity(rowCount)
            medianValues.reserveCapacity(rowCount)
        }
        guard !distinct.isEmpty else { return }
        let kinds = columns.texts[VisitColumn.visitorKind.rawValue].values
        dailyCode = (0..<kinds.count).first { kinds.text($0) == VisitorKind.daily.name }
    }

    /// Counts rows, which ascend, in their cells.
    mutating func add(_ rows: [UInt32], _ cells: RowCells) {
        let flags = Kernels.gather(columns.flags, ascending: rows)
        if !flagTallies.isEmpty { self.flags.add(cells, flags) }
        if !distinct.isEmpty {
            let persons = Kernels.gather(columns.person, ascending: rows)
            distinct[.visitors]?.add(cells, persons)
            if distinct[.convertedVisitors] != nil {
                let places = Kernels.places(flags, with: ShopColumns.Flag.converted)
                distinct[.convertedVisitors]?.add(cells.gather(places), Kernels.gather(persons, places))
            }
        }
        if wanted.contains(.durationMillis) || wanted.contains(.durationMedianTwice) {
            let values = Kernels.gather(columns.duration, ascending: rows)
            if !durations.isEmpty { cells.add(values, to: &durations) }
            if wanted.contains(.durationMedianTwice) {
                medianCells += cells.array(rows.count)
                medianValues += values
            }
        }
        if let dailyCode, !hasDailyVisitors {
            let kinds = columns.texts[VisitColumn.visitorKind.rawValue]
            let cells = cells.array(rows.count)
            hasDailyVisitors = rows.indices.contains {
                cells[$0] < cellCount && kinds.code(Int(rows[$0])) == dailyCode
            }
        }
    }

    /// The wanted tallies of sessions for each cell, but leads.
    var perCell: [Tally: [Int64]] {
        var result = distinct.mapValues(\.perCell)
        for (flag, counts) in zip(flagTallies, flags.perCell) { result[flag.tally] = counts }
        if !durations.isEmpty { result[.durationMillis] = durations.dropLast() }
        if wanted.contains(.durationMedianTwice) {
            result[.durationMedianTwice] = medians(medianCells, cellCount: cellCount)
        }
        return result
    }

    /// Those of the wanted tallies that do not add up, over the kept cells; over all where `kept` is nil.
    func total(_ kept: [Bool]?) -> [Tally: Int64] {
        var result = distinct.mapValues { $0.total(kept) }
        if wanted.contains(.durationMedianTwice) {
            let isKept = (0..<cellCount).map { kept?[$0] ?? true } + [false]
            result[.durationMedianTwice] = medians(medianCells.map { isKept[Int($0)] ? 0 : 1 }, cellCount: 1)[0]
        }
        return result
    }

    /// Distinct visitors over the kept cells; over all where `kept` is nil.
    func visitors(_ kept: [Bool]?) -> Int64 { distinct[.visitors]?.total(kept) ?? 0 }

    private func medians(_ cells: [UInt32], cellCount: Int) -> [Int64] {
        var parts = Kernels.partition(cells, medianValues, cellCount: cellCount)
        return Kernels.mediansTwice(&parts.values, ends: parts.ends)
    }
}
