/// Sums of the counts by the events' own time, for each cell.
struct ActivitySums {
    private let plan: CellPlan
    private let table: ActivityTable
    private var sums: [(tally: Tally, perCell: [Int64])]

    /// `wanted` are tallies of `Tally.activity`.
    init(_ wanted: [Tally], _ table: ActivityTable, _ plan: CellPlan) {
        self.plan = plan
        self.table = table
        sums = wanted.map { ($0, [Int64](repeating: 0, count: plan.count + 1)) }
    }

    /// Counts what happened in rows, which ascend and start in `cells`. Events are in the cell of their own time
    /// where the rows' groups and the slots of their starts are given; else in that of the start.
    mutating func add(_ rows: [UInt32], _ cells: RowCells, at times: (groups: [UInt32], starts: [UInt32])?) {
        guard !sums.isEmpty else { return }
        // First the first entry of each row, then the next one of those that have more: no loop branches on the data.
        var (cells, times) = (cells, times)
        var places = Kernels.gather(table.first, ascending: rows)
        while !places.isEmpty {
            let steps = Kernels.gather(table.steps, places)
            // A session's first event is in the slot of its start.
            if let times, steps.reduce(0, |) & ~ActivityTable.more != 0 {
                let slots = Kernels.slots(times.starts, steps, ActivityTable.more)
                cells = .each(plan.cells(times.groups, slots))
            }
            for index in sums.indices { add(places, cells, &sums[index].perCell, sums[index].tally) }
            let more = Kernels.places(steps, with: ActivityTable.more)
            times = times.map { (Kernels.gather($0.groups, more), Kernels.gather($0.starts, more)) }
            cells = cells.gather(more)
            places = Kernels.successors(places, more)
        }
    }

    /// Each wanted tally of each cell.
    var perCell: [Tally: [Int64]] {
        Dictionary(uniqueKeysWithValues: sums.map { ($0.tally, $0.perCell.dropLast()) })
    }

    private func add(_ places: [UInt32], _ cells: RowCells, _ sums: inout [Int64], _ tally: Tally) {
        switch tally {
        case .events: cells.add(table.events, places, to: &sums)
        case .pageviews: cells.add(table.pageviews, places, to: &sums)
        case .productViews: cells.add(table.productViews, places, to: &sums)
        case .addToCarts: cells.add(table.addToCarts, places, to: &sums)
        case .checkouts: cells.add(table.checkouts, places, to: &sums)
        case .purchases: cells.add(table.purchases, places, to: &sums)
        default: break
        }
    }
}
