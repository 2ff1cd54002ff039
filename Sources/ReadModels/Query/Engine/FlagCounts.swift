/// Rows of each cell by their flags.
struct FlagCounts {
    /// Up to this many cells, cell and flags together index one table that stays in the cache; beyond it each wanted
    /// bit has a sum.
    private static let tableCellsMax = 2_048

    private let cellCount: Int
    private let wanted: [UInt8]
    /// Rows of each pair `cell << 8 | flags`.
    private var table: [UInt32]
    /// For each wanted bit and cell.
    private var sums: [[Int64]]

    /// `wanted` are the bits to be counted; 0 counts all rows.
    init(_ wanted: [UInt8], cellCount: Int) {
        self.cellCount = cellCount
        self.wanted = wanted
        let isSmall = cellCount <= Self.tableCellsMax
        table = [UInt32](repeating: 0, count: isSmall ? (cellCount + 1) << 8 : 0)
        sums = isSmall ? [] : wanted.map { _ in [Int64](repeating: 0, count: cellCount + 1) }
    }

    /// Counts rows by the cell and the flags of each.
    mutating func add(_ cells: [UInt32], _ flags: [UInt8]) {
        for index in sums.indices {
            let bit = wanted[index]
            Kernels.add(flags.map { $0 & bit == bit ? 1 : 0 }, to: &sums[index], cells)
        }
        guard sums.isEmpty else { return }
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
        guard sums.isEmpty else { return sums.map { $0.dropLast() } }
        return wanted.map { bit in
            let values = (0..<256).filter { UInt8($0) & bit == bit }
            return (0..<cellCount).map { cell in values.reduce(0) { $0 &+ Int64(table[cell << 8 | $1]) } }
        }
    }
}
