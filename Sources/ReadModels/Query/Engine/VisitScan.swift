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
        let mask = try mask(needsActivity ? low - min(low, Self.reachBack) : low, matcher)
        var grouping = try grouping(mask)
        let plan = CellPlan(grid, groupCount: grouping.count)
        guard plan.count <= QueryLimits.cellsMax else { throw Grouping.tooMany }
        let counts = try BlockCounts.count(mask, columns, wanted, grouping, plan)
        var tallies = counts.visits.perCell.merging(counts.activity.perCell) { _, new in new }
        if wanted.contains(.leads) { tallies[.leads] = try leads(mask, &grouping, plan) }
        return grouped(tallies, grouping, counts.visits)
    }

    /// The rows that start in the period, or from `first` on before it, and that satisfy the filter.
    private func mask(_ first: UInt32, _ matcher: PatternMatcher) throws -> RowMask {
        let filter = try RowFilter(query.filter, columns, matcher)
        return RowMask(columns, in: first..<UInt32(clamping: grid.slots.upperBound), bots: query.bots, filter)
    }

    /// All groups there are, so that cells can be numbered.
    private func grouping(_ mask: RowMask) throws -> Grouping {
        var grouping = Grouping(by: query.dimensions.compactMap(\.visitColumn), columns)
        guard !grouping.isTrivial else { return grouping }
        try mask.forEachBlock { rows, _ in _ = try grouping.groups(of: rows) }
        return grouping
    }

    /// Leads of each cell, each in its session's.
    private func leads(_ mask: RowMask, _ grouping: inout Grouping, _ plan: CellPlan) throws -> [Int64] {
        var sums = [Int64](repeating: 0, count: plan.count + 1)
        let found = columns.firstLeads.rows(columns)
        let places = found.rows.indices.filter { mask.contains(Int(found.rows[$0])) }
        let rows = places.map { found.rows[$0] }
        let cells = plan.cells(try grouping.groups(of: rows), Kernels.gather(columns.startSlot, rows))
        Kernels.add(places.map { found.leads[$0] }, to: &sums, cells)
        return sums.dropLast()
    }

    private func grouped(_ tallies: [Tally: [Int64]], _ grouping: Grouping, _ visits: VisitTallies) -> GroupedTallies {
        let totals = Totals(additive: tallies.filter { $0.key.isAdditive }, visits: visits)
        let dimensions = dimensions(grouping)
        return GroupedTallies(
            dimensions: dimensions, groupCount: grouping.count, labels: grid.labels, tallies: tallies,
            totals: totals.over(nil), recount: { totals.over($0) },
            warnings: warnings(visits) + kindWarnings(visits, dimensions))
    }

    private func dimensions(_ grouping: Grouping) -> [GroupDimension] {
        zip(query.dimensions.compactMap(\.visitColumn), grouping.codes).map { column, codes in
            let values = columns.texts[column.rawValue].values
            return GroupDimension(codes) { $0 == 0 ? nil : values.text($0) }
        }
    }

    /// Visitors without consent have a new pseudonym each day; over several days they are a sum of days.
    private func warnings(_ visits: VisitTallies) -> [String] {
        guard visits.hasDailyVisitors, grid.slots.count > Int(Slot.perDay + 4) else { return [] }
        return [
            "Visitors of kind `daily` (without consent) are counted anew each day; their part of `visitors` is a sum of days."
        ]
    }

    /// A customer's sessions without a login are of kind `client`; the customer is a visitor of both kinds, but one.
    private func kindWarnings(_ visits: VisitTallies, _ dimensions: [GroupDimension]) -> [String] {
        guard query.tallies.contains(.visitors),
            let place = query.dimensions.compactMap(\.visitColumn).firstIndex(of: .visitorKind)
        else { return [] }
        let kinds = dimensions[place]
        let counts = kinds.texts.indices.map { kind in
            let groups = kinds.codes.map { Int($0) == kind }
            return visits.visitors(groups.flatMap { Array(repeating: $0, count: grid.labels.count) })
        }
        guard counts.reduce(0, +) > visits.visitors(nil) else { return [] }
        return [
            "Customers with sessions before or without a login count as visitors of kind `client` too, and in `totals` once."
        ]
    }

    /// Sums what adds up and recomputes what does not.
    private struct Totals {
        let additive: [Tally: [Int64]]
        let visits: VisitTallies

        /// Over the kept cells; over all where `kept` is nil.
        func over(_ kept: [Bool]?) -> [Tally: Int64] {
            let sums = additive.mapValues { column in
                guard let kept else { return column.reduce(0, &+) }
                return column.indices.reduce(Int64(0)) { kept[$1] ? $0 &+ column[$1] : $0 }
            }
            return sums.merging(visits.total(kept)) { _, new in new }
        }
    }
}
