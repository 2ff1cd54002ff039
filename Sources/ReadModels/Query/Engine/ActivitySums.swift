/// Sums of the counts by the events' own time, for each cell.
struct ActivitySums {
    private let plan: CellPlan
    private let table: ActivityTable
    private var sums: [Tally: [Int64]]

    /// `wanted` are tallies of `Tally.activity`.
    init(_ wanted: [Tally], _ table: ActivityTable, _ plan: CellPlan) {
        self.plan = plan
        self.table = table
        let zeros = [Int64](repeating: 0, count: plan.count + 1)
        sums = Dictionary(uniqueKeysWithValues: wanted.map { ($0, zeros) })
    }

    /// Counts what happened in rows, of which `groups`, `starts` and `cells` are the group, the slot of the start and the
    /// cell of that.
    mutating func add(_ rows: [UInt32], _ groups: [UInt32], _ starts: [UInt32], _ cells: [UInt32]) {
        guard !sums.isEmpty else { return }
        // First the first entry of each row, then the next one of those that have more: no loop branches on the data.
        var (groups, starts, cells) = (groups, starts, cells)
        var places = Kernels.gather(table.first, rows)
        while !places.isEmpty {
            let steps = Kernels.gather(table.steps, places)
            // A session's first event is in the slot of its start.
            if steps.reduce(0, |) & ~ActivityTable.more != 0 {
                cells = plan.cells(groups, Kernels.slots(starts, steps, ActivityTable.more))
            }
            for tally in Array(sums.keys) { add(tally, places, cells) }
            let more = Kernels.places(steps, with: ActivityTable.more)
            groups = Kernels.gather(groups, more)
            starts = Kernels.gather(starts, more)
            cells = Kernels.gather(cells, more)
            places = Kernels.gather(places, more).map { $0 + 1 }
        }
    }

    /// Each wanted tally of each cell.
    var perCell: [Tally: [Int64]] { sums.mapValues { Array($0.dropLast()) } }

    private mutating func add(_ tally: Tally, _ places: [UInt32], _ cells: [UInt32]) {
        guard var sum = sums.updateValue([], forKey: tally) else { return }
        switch tally {
        case .events: Kernels.add(table.events, places, to: &sum, cells)
        case .pageviews: Kernels.add(table.pageviews, places, to: &sum, cells)
        case .productViews: Kernels.add(table.productViews, places, to: &sum, cells)
        case .addToCarts: Kernels.add(table.addToCarts, places, to: &sum, cells)
        case .checkouts: Kernels.add(table.checkouts, places, to: &sum, cells)
        case .purchases: Kernels.add(table.purchases, places, to: &sum, cells)
        default: break
        }
        sums[tally] = sum
    }
}
