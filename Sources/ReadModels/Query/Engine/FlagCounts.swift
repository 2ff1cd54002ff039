/// Rows of each cell by their flags.
struct FlagCounts {
    /// Up to this many cells, cell and flags together index one table that stays in the cache; beyond it each wanted
    /// bit has a sum.
    private static let tableCellsMax = 2_048

    private let cellCount: Int
    private let wanted: [UInt8]
    /// Rows of each pair `cell << 8 | flags`; none where there are many cells.
    private var table: [UInt32]
    /// For each wanted bit and cell, rows that are not in the table.
    private var sums: [[Int64]]

    /// `wanted` are the bits to be counted; 0 counts all rows.
    init(_ wanted: [UInt8], cellCount: Int) {
        self.cellCount = cellCount
        self.wanted = wanted
        table = [UInt32](repeating: 0, count: cellCount <= Self.tableCellsMax ? (cellCount + 1) << 8 : 0)
        sums = wanted.map { _ in [Int64](repeating: 0, count: cellCount + 1) }
    }

    /// Counts rows by the cell and the flags of each.
    mutating func add(_ cells: RowCells, _ flags: [UInt8]) {
        switch cells {
        case .same(let cell):
            for index in sums.indices { sums[index][Int(cell)] += Kernels.count(flags, with: wanted[index]) }
        case .each(let cells) where !table.isEmpty: addToTable(cells, flags)
        case .each(let cells):
            for index in sums.indices {
                let bit = wanted[index]
                Kernels.add(flags.map { $0 & bit == bit ? UInt8(1) : 0 }, to: &sums[index], cells)
            }
        }
    }

    private mutating func addToTable(_ cells: [UInt32], _ flags: [UInt8]) {
        unsafe table.withUnsafeMutableBufferPointer { table in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe flags.withUnsafeBufferPointer { flags in
                    for index in 0..<cells.count { unsafe table[Int(cells[index]) << 8 | Int(flags[index])] &+= 1 }
                }
            }
        }
    }

    /// For each wanted bit, the rows of each cell that have it.
    var perCell: [[Int64]] {
        guard !table.isEmpty else { return sums.map { $0.dropLast() } }
        // Few combinations of flags occur.
        var isUsed = [Bool](repeating: false, count: 256)
        for place in table.indices where table[place] != 0 { isUsed[place & 0xFF] = true }
        return zip(wanted, sums).map { bit, sums in
            let values = (0..<256).filter { isUsed[$0] && UInt8($0) & bit == bit }
            return (0..<cellCount).map { cell in values.reduce(sums[cell]) { $0 &+ Int64(table[cell << 8 | $1]) } }
        }
    }
}
