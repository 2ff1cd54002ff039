/// Different values (visitors) of each cell, and of any union of cells.
///
/// Few cells: a set of bits a cell; a union is an OR. Many cells: values brought together by cell and counted one cell
/// after another. Both are exact.
struct DistinctCounts {
    /// Bytes of each row that are needed to bring values together: its cell and twice its value. Sets of bits are taken
    /// while they need less, since memory that is new costs more than what is done with it.
    private static let bytesPerRow = 12
    /// Beyond that sets of bits would not stay in the cache and are slower.
    private static let bitsBytesMax = 16 << 20

    private let cellCount: Int
    /// Words of a set of bits.
    private let words: Int
    /// `words` words a cell; empty where there are too many cells.
    private var bits: [UInt64] = []
    /// Then these are the cell and the value of each row.
    private var cells: [UInt32] = []
    private var values: [UInt32] = []

    /// Values are below `bound`; rows in the cell `cellCount` do not count. About `rowCount` rows are to come.
    init(cellCount: Int, bound: Int, rowCount: Int) {
        self.cellCount = cellCount
        words = (bound + 63) / 64
        let bytes = (cellCount + 1) * words * 8
        if bytes <= min(rowCount * Self.bytesPerRow, Self.bitsBytesMax) {
            bits = [UInt64](repeating: 0, count: (cellCount + 1) * words)
        } else {
            cells.reserveCapacity(rowCount)
            values.reserveCapacity(rowCount)
        }
    }

    /// Counts the values of rows in their cells.
    mutating func add(_ cells: RowCells, _ values: [UInt32]) {
        guard !bits.isEmpty else {
            self.cells += cells.array(values.count)
            self.values += values
            return
        }
        switch cells {
        case .same(let cell): mark(values, in: Int(cell))
        case .each(let cells): mark(values, in: cells)
        }
    }

    private mutating func mark(_ values: [UInt32], in cell: Int) {
        let start = cell * words
        unsafe bits.withUnsafeMutableBufferPointer { bits in
            unsafe values.withUnsafeBufferPointer { values in
                for index in 0..<values.count {
                    let value = unsafe Int(values[index])
                    unsafe bits[start &+ value >> 6] |= 1 &<< UInt64(truncatingIfNeeded: value)
                }
            }
        }
    }

    private mutating func mark(_ values: [UInt32], in cells: [UInt32]) {
        let words = words
        unsafe bits.withUnsafeMutableBufferPointer { bits in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe values.withUnsafeBufferPointer { values in
                    for index in 0..<cells.count {
                        let value = unsafe Int(values[index])
                        let word = unsafe Int(cells[index]) &* words &+ value >> 6
                        unsafe bits[word] |= 1 &<< UInt64(truncatingIfNeeded: value)
                    }
                }
            }
        }
    }

    /// The number of each cell.
    var perCell: [Int64] {
        guard !bits.isEmpty else { return countPartitioned() }
        return unsafe bits.withUnsafeBufferPointer { bits in
            (0..<cellCount).map { cell in
                var count = 0
                for word in cell * words..<(cell + 1) * words { unsafe count &+= bits[word].nonzeroBitCount }
                return Int64(count)
            }
        }
    }

    /// The number over all kept cells together; over all where `kept` is nil.
    func total(_ kept: [Bool]?) -> Int64 {
        guard !bits.isEmpty else { return countTogether(kept) }
        var union = [UInt64](repeating: 0, count: words)
        for cell in 0..<cellCount where kept?[cell] ?? true {
            let start = cell * words
            unsafe union.withUnsafeMutableBufferPointer { union in
                unsafe bits.withUnsafeBufferPointer { bits in
                    for word in 0..<words { unsafe union[word] |= bits[start &+ word] }
                }
            }
        }
        return union.reduce(0) { $0 &+ Int64($1.nonzeroBitCount) }
    }

    private func countPartitioned() -> [Int64] {
        let parts = Kernels.partition(cells, values, cellCount: cellCount)
        var seen = [UInt64](repeating: 0, count: words)
        var start = 0
        return parts.ends.map { end in
            defer { start = end }
            return unsafe parts.values.withUnsafeBufferPointer { values in
                unsafe seen.withUnsafeMutableBufferPointer { seen in
                    let count = unsafe Self.mark(values[start..<end], in: seen)
                    for index in start..<end { unsafe seen[Int(values[index] >> 6)] = 0 }
                    return count
                }
            }
        }
    }

    private func countTogether(_ kept: [Bool]?) -> Int64 {
        // Marks of cells that do not count are put behind the others.
        var seen = [UInt64](repeating: 0, count: 2 * words)
        let places = (0..<cellCount).map { kept?[$0] ?? true ? 0 : words } + [words]
        unsafe seen.withUnsafeMutableBufferPointer { seen in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe values.withUnsafeBufferPointer { values in
                    unsafe places.withUnsafeBufferPointer { places in
                        for index in 0..<cells.count {
                            let value = unsafe Int(values[index])
                            let word = unsafe places[Int(cells[index])] &+ value >> 6
                            unsafe seen[word] |= 1 &<< UInt64(truncatingIfNeeded: value)
                        }
                    }
                }
            }
        }
        return seen[..<words].reduce(0) { $0 &+ Int64($1.nonzeroBitCount) }
    }

    /// Marks values as seen; returns how many were not before.
    @inline(__always)
    private static func mark(_ values: some Sequence<UInt32>, in seen: UnsafeMutableBufferPointer<UInt64>) -> Int64 {
        var count: Int64 = 0
        for value in values {
            let bit = 1 &<< UInt64(truncatingIfNeeded: value)
            let word = unsafe seen[Int(value >> 6)]
            count &+= word & bit == 0 ? 1 : 0
            unsafe seen[Int(value >> 6)] = word | bit
        }
        return count
    }
}
