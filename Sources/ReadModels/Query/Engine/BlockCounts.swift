/// Counts rows in their cells, a block at a time.
struct BlockCounts {
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
        _ mask: RowMask, _ columns: ShopColumns, _ wanted: Set<Tally>, _ grouping: Grouping, _ plan: CellPlan
    ) throws -> BlockCounts {
        var counts = BlockCounts(columns, wanted, grouping, plan, rowCount: mask.count)
        try mask.forEachBlock { try counts.add($0, columns.bounds.spans[$1]) }
        return counts
    }

    private mutating func add(_ rows: [UInt32], _ span: BlockBounds.Span) throws {
        let cells: RowCells
        var times: (groups: [UInt32], starts: [UInt32])?
        if let bucket = plan.bucket(of: span) {
            cells = grouping.isTrivial ? .same(bucket) : .each(plan.cells(try grouping.groups(of: rows), in: bucket))
        } else {
            let groups = try grouping.groups(of: rows)
            let starts = Kernels.gather(columns.startSlot, ascending: rows)
            cells = .each(plan.cells(groups, starts))
            times = (groups, starts)
        }
        activity.add(rows, cells, at: times)
        if needsVisits { visits.add(rows, cells) }
    }
}
