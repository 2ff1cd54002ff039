/// Different values (visitors) of each cell, and of any union of cells.
///
/// Few cells: a set of bits a cell, filled in one pass; a union is an OR. Many cells: values brought together by cell and
/// counted one cell after another. Both are exact.
struct DistinctCounts {
    /// What the sets of bits may take; beyond that they would not stay in the cache and a partition is faster.
    private static let bitsBytesMax = 16 << 20

    private let cells: [UInt32]
    private let values: [UInt32]
    private let cellCount: Int
    private let bound: Int
    /// `words` words a cell; empty where there are too many cells.
    private let bits: [UInt64]
    private let words: Int

    /// Values are below `bound`; rows in the cell `cellCount` do not count.
    init(_ cells: [UInt32], _ values: [UInt32], cellCount: Int, bound: Int) {
        self.cells = cells
        self.values = values
        self.cellCount = cellCount
        self.bound = bound
        self.words = (bound + 63) / 64
        let isSmall = (cellCount + 1) * words * 8 <= Self.bitsBytesMax
        self.bits = isSmall ? Self.fill(cells, values, cellCount: cellCount, words: words) : []
    }

    /// The number of each cell.
    var perCell: [Int64] {
        guard bits.isEmpty, bound > 0 else {
            return (0..<cellCount).map { cell in
                bits[cell * words..<(cell + 1) * words].reduce(0) { $0 &+ Int64($1.nonzeroBitCount) }
            }
        }
        return countPartitioned()
    }

    /// The number over all kept cells together; over all where `kept` is nil.
    func total(_ kept: [Bool]?) -> Int64 {
        guard !bits.isEmpty else { return countDirectly(kept) }
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

    private static func fill(_ cells: [UInt32], _ values: [UInt32], cellCount: Int, words: Int) -> [UInt64] {
        var bits = [UInt64](repeating: 0, count: (cellCount + 1) * words)
        unsafe bits.withUnsafeMutableBufferPointer { bits in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe values.withUnsafeBufferPointer { values in
                    for row in 0..<cells.count {
                        let value = unsafe Int(values[row])
                        let word = unsafe Int(cells[row]) &* words &+ value >> 6
                        unsafe bits[word] |= 1 &<< UInt64(truncatingIfNeeded: value)
                    }
                }
            }
        }
        return bits
    }

    private func countPartitioned() -> [Int64] {
        let parts = Kernels.partition(cells, values, cellCount: cellCount)
        // The cell (plus 1) in which a value was seen last.
        var seen = [UInt32](repeating: 0, count: bound)
        var counts = [Int64](repeating: 0, count: cellCount)
        unsafe seen.withUnsafeMutableBufferPointer { seen in
            unsafe parts.values.withUnsafeBufferPointer { values in
                var start = 0
                for cell in 0..<cellCount {
                    let stamp = UInt32(cell + 1)
                    var count: Int64 = 0
                    for index in start..<parts.ends[cell] {
                        let value = unsafe Int(values[index])
                        count &+= unsafe seen[value] == stamp ? 0 : 1
                        unsafe seen[value] = stamp
                    }
                    counts[cell] = count
                    start = parts.ends[cell]
                }
            }
        }
        return counts
    }

    private func countDirectly(_ kept: [Bool]?) -> Int64 {
        let isKept = (0..<cellCount).map { kept?[$0] ?? true } + [false]
        var seen = [UInt8](repeating: 0, count: bound)
        var total: Int64 = 0
        unsafe seen.withUnsafeMutableBufferPointer { seen in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe values.withUnsafeBufferPointer { values in
                    for row in 0..<cells.count where unsafe isKept[Int(cells[row])] {
                        let value = unsafe Int(values[row])
                        unsafe total &+= Int64(1 &- seen[value])
                        unsafe seen[value] = 1
                    }
                }
            }
        }
        return total
    }
}
