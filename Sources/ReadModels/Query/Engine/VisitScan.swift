/// One pass of a query over the columns of a shop, for one period.
struct VisitScan {
    private let query: AnalyticsQuery
    private let columns: ShopColumns
    private let grid: TimeGrid
    private let low: UInt32

    /// A session's events lie within 24 h (and a slot) of its start: sessions that began this much before the period
    /// can have events in it.
    private static let reachBack: UInt32 = 97

    init(_ query: AnalyticsQuery, over range: ReportRange, _ columns: ShopColumns) {
        self.query = query
        self.columns = columns
        self.grid = TimeGrid(slots: range.slots(in: query.zone), unit: query.timeUnit, zone: query.zone)
        self.low = UInt32(clamping: grid.slots.lowerBound)
    }

    /// Every tally that the query needs.
    func run(_ matcher: PatternMatcher) throws -> GroupedTallies {
        let wanted = query.tallies
        let needsActivity = wanted.contains { $0.kind == .activity }
        let from = needsActivity ? low - min(low, Self.reachBack) : low
        let slots = from..<UInt32(clamping: grid.slots.upperBound)
        var mask = Kernels.eligible(columns.startSlot, columns.flags, in: slots, bots: query.bots)
        try FilterMask(columns: columns, matcher: matcher).narrow(&mask, by: query.filter)
        let grouping = try Grouping(mask, by: query.dimensions.compactMap(\.visitColumn), columns)
        guard grouping.count * grid.labels.count <= QueryLimits.cellsMax else { throw Grouping.tooMany }
        return tallies(grouping, wanted)
    }

    private func tallies(_ grouping: Grouping, _ wanted: Set<Tally>) -> GroupedTallies {
        let cellCount = grouping.count * grid.labels.count
        let reader = VisitTallies(
            columns, cells: cells(grouping, cellCount), cellCount: cellCount,
            wanted: wanted.filter { $0.kind != .activity })
        var tallies = reader.grouped()
        let activity = Tally.activity.filter(wanted.contains)
        if !activity.isEmpty {
            let counts = Kernels.activity(
                columns.activity.entries, grouping.groupOfRow, low: low, bucketOfSlot: grid.bucketOfSlot,
                width: grid.labels.count, cellCount: cellCount, wanted: activity)
            tallies.merge(counts) { _, new in new }
        }
        let totals = Totals(additive: tallies.filter { $0.key.isAdditive }, reader: reader)
        return GroupedTallies(
            dimensions: dimensions(grouping), groupCount: grouping.count, labels: grid.labels, tallies: tallies,
            totals: totals.over(nil), recount: { totals.over($0) }, warnings: warnings(reader, wanted))
    }

    private func cells(_ grouping: Grouping, _ cellCount: Int) -> [UInt32] {
        guard query.tallies.contains(where: { $0.kind != .activity }) else { return [] }
        return Kernels.cells(
            grouping.groupOfRow, columns.startSlot, low: low, bucketOfSlot: grid.bucketOfSlot,
            width: UInt32(grid.labels.count), spare: UInt32(cellCount))
    }

    private func dimensions(_ grouping: Grouping) -> [GroupDimension] {
        zip(query.dimensions.compactMap(\.visitColumn), grouping.codes).map { column, codes in
            let values = columns.texts[column.rawValue].values
            return GroupDimension(codes) { $0 == 0 ? nil : values.text($0) }
        }
    }

    /// Visitors without consent have a new pseudonym each day; over several days they are a sum of days.
    private func warnings(_ reader: VisitTallies, _ wanted: Set<Tally>) -> [String] {
        guard wanted.contains(where: { $0.kind == .distinct }), grid.slots.count > Int(Slot.perDay + 4),
            reader.hasDailyVisitors
        else { return [] }
        return [
            "Visitors of kind `daily` (without consent) are counted anew each day; their part of `visitors` is a sum of days."
        ]
    }

    /// Sums what adds up and recomputes what does not.
    private struct Totals {
        let additive: [Tally: [Int64]]
        let reader: VisitTallies

        /// Over the kept cells; over all where `kept` is nil.
        func over(_ kept: [Bool]?) -> [Tally: Int64] {
            let sums = additive.mapValues { column in
                guard let kept else { return column.reduce(0, &+) }
                return column.indices.reduce(Int64(0)) { kept[$1] ? $0 &+ column[$1] : $0 }
            }
            return sums.merging(reader.total(kept)) { _, new in new }
        }
    }
}
