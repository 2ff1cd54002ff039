/// Counts rows in their cells, a block at a time.
struct BlockCounts {
    /// Rows that are worked on together: what one loop writes for them, the next finds in the processor's cache.
    private static let blockRows = 8_192

    private(set) var visits: VisitTallies
    private(set) var activity: ActivitySums
    private var grouping: Grouping
    private let columns: ShopColumns
    private let plan: CellPlan
    private let needsVisits: Bool

    private init(_ columns: ShopColumns, _ wanted: Set<Tally>, _ grouping: Grouping, _ plan: CellPlan, rowCount: Int) {
        let activity = Tally.activity.filter(wanted.contains)
        visits = VisitTallies(columns, wanted, cellCount: plan.count, rowCount: rowCount)
        self.activity = ActivitySums(activity, columns.activity, plan)
        self.grouping = grouping
        self.columns = columns
        self.plan = plan
        needsVisits = wanted.count > activity.count
    }

    /// Counts all rows of a mask, whose groups `grouping` has met.
    static func count(
        _ mask: [UInt8], _ columns: ShopColumns, _ wanted: Set<Tally>, _ grouping: Grouping, _ plan: CellPlan
    ) throws -> BlockCounts {
        var counts = BlockCounts(columns, wanted, grouping, plan, rowCount: Kernels.count(mask))
        try forEachBlock(of: mask) { try counts.add($0) }
        return counts
    }

    /// Hands over the rows of each block of a mask that has some.
    static func forEachBlock(of mask: [UInt8], _ body: ([UInt32]) throws -> Void) rethrows {
        for start in stride(from: 0, to: mask.count, by: blockRows) {
            let rows = Kernels.rows(mask, in: start..<min(start + blockRows, mask.count))
            if !rows.isEmpty { try body(rows) }
        }
    }

    private mutating func add(_ rows: [UInt32]) throws {
        let groups = try grouping.groups(of: rows)
        let starts = Kernels.gather(columns.startSlot, rows)
        let cells = plan.cells(groups, starts)
        activity.add(rows, groups, starts, cells)
        if needsVisits { visits.add(rows, cells) }
    }
}
