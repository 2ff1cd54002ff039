/// Which rows a query counts, block by block.
struct RowMask {
    /// A byte a row, 1 where it counts; nothing for a block without such rows.
    private var blocks: [[UInt8]] = []
    /// Number of rows that count.
    private(set) var count = 0

    /// Rows that start in `slots`, are of bots or not, and satisfy the filter.
    init(_ columns: ShopColumns, in slots: Range<UInt32>, bots: BotRule, _ filter: RowFilter = .all([])) {
        blocks.reserveCapacity(columns.bounds.spans.count)
        for (block, span) in columns.bounds.spans.enumerated() {
            var mask: [UInt8] = []
            if span.canStart(in: slots) {
                let rows = BlockBounds.rows(of: block, rowCount: columns.rowCount)
                mask =
                    span.allStart(in: slots)
                    ? Kernels.eligible(columns.flags, rows, bots: bots)
                    : Kernels.eligible(columns.startSlot, columns.flags, rows, in: slots, bots: bots)
                filter.narrow(&mask, columns, rows)
            }
            let found = Kernels.count(mask)
            count += found
            blocks.append(found == 0 ? [] : mask)
        }
    }

    /// True where the row counts.
    func contains(_ row: Int) -> Bool {
        let mask = blocks[row / BlockBounds.rows]
        return !mask.isEmpty && mask[row % BlockBounds.rows] == 1
    }

    /// Hands over the rows of each block that has some, in order, with the block's number.
    func forEachBlock(_ body: (_ rows: [UInt32], _ block: Int) throws -> Void) rethrows {
        for (block, mask) in blocks.enumerated() where !mask.isEmpty {
            try body(Kernels.rows(mask, from: block * BlockBounds.rows), block)
        }
    }
}
