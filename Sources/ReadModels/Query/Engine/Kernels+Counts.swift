/// Sums over the rows of each cell. Rows that do not count are in the cell behind the last one, `cellCount`.
extension Kernels {
    /// Up to this many cells, cell and flags together index one table that stays in the cache.
    private static let flagTableCellsMax = 2_048

    /// Rows of each cell that have all bits of each of `wanted`.
    ///
    /// Few cells: one pass over a table of (cell, flags), then each wanted bit from it. Many cells: a pass a bit.
    static func flagCounts(_ cells: [UInt32], _ flags: [UInt8], cellCount: Int, wanted: [UInt8]) -> [[Int64]] {
        guard cellCount <= flagTableCellsMax else {
            return wanted.map { bit in sums(cells, cellCount: cellCount) { flags[$0] & bit == bit ? 1 : 0 } }
        }
        let table = flagTable(cells, flags, cellCount: cellCount)
        return wanted.map { bit in
            (0..<cellCount).map { cell in
                var sum: Int64 = 0
                for value in 0..<256 where UInt8(value) & bit == bit { sum += Int64(table[cell << 8 | value]) }
                return sum
            }
        }
    }

    private static func flagTable(_ cells: [UInt32], _ flags: [UInt8], cellCount: Int) -> [UInt32] {
        var table = [UInt32](repeating: 0, count: (cellCount + 1) * 256)
        unsafe table.withUnsafeMutableBufferPointer { table in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe flags.withUnsafeBufferPointer { flags in
                    for row in 0..<cells.count { unsafe table[Int(cells[row]) << 8 | Int(flags[row])] &+= 1 }
                }
            }
        }
        return table
    }

    /// The sum of `value` over the rows of each cell.
    @inline(__always)
    static func sums(_ cells: [UInt32], cellCount: Int, _ value: (Int) -> Int64) -> [Int64] {
        var sums = [Int64](repeating: 0, count: cellCount + 1)
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe cells.withUnsafeBufferPointer { cells in
                for row in 0..<cells.count { unsafe sums[Int(cells[row])] &+= value(row) }
            }
        }
        sums.removeLast()
        return sums
    }

    /// Brings the values of each cell's rows together: values in order of cell, and where each cell ends.
    static func partition(
        _ cells: [UInt32], _ values: [UInt32], cellCount: Int
    ) -> (values: [UInt32], ends: [Int]) {
        var ends = sums(cells, cellCount: cellCount) { _ in 1 }.map { Int($0) }
        var total = 0
        for cell in 0..<cellCount {
            let count = ends[cell]
            ends[cell] = total
            total += count
        }
        // While values are put down, `ends` moves from each cell's start to its end.
        let sorted = unsafe [UInt32](unsafeUninitializedCapacity: total) { out, count in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe values.withUnsafeBufferPointer { values in
                    unsafe ends.withUnsafeMutableBufferPointer { ends in
                        for row in 0..<cells.count {
                            let cell = unsafe Int(cells[row])
                            guard cell < cellCount else { continue }
                            unsafe out[ends[cell]] = values[row]
                            unsafe ends[cell] &+= 1
                        }
                    }
                }
            }
            count = total
        }
        return (sorted, ends)
    }

    /// The cells of rows that have the flag; the spare one for the others.
    static func only(_ cells: [UInt32], _ flags: [UInt8], _ bit: UInt8, spare: UInt32) -> [UInt32] {
        unsafe [UInt32](unsafeUninitializedCapacity: cells.count) { out, count in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe flags.withUnsafeBufferPointer { flags in
                    for row in 0..<cells.count { unsafe out[row] = flags[row] & bit != 0 ? cells[row] : spare }
                }
            }
            count = cells.count
        }
    }

    /// Twice the median of each cell; 0 for an empty one. Reorders the values inside each cell.
    static func mediansTwice(_ values: inout [UInt32], ends: [Int]) -> [Int64] {
        var medians: [Int64] = []
        medians.reserveCapacity(ends.count)
        var start = 0
        unsafe values.withUnsafeMutableBufferPointer { values in
            for end in ends {
                let slice = unsafe UnsafeMutableBufferPointer(rebasing: values[start..<end])
                unsafe medians.append(medianTwice(slice))
                start = end
            }
        }
        return medians
    }

    private static func medianTwice(_ values: UnsafeMutableBufferPointer<UInt32>) -> Int64 {
        guard !values.isEmpty else { return 0 }
        let upper = unsafe select(values, values.count / 2)
        if values.count % 2 == 1 { return 2 * Int64(upper) }
        // All values before the upper middle are at most as large as it: the lower middle is the largest of them.
        var lower: UInt32 = 0
        for index in 0..<values.count / 2 { unsafe lower = max(lower, values[index]) }
        return Int64(lower) + Int64(upper)
    }

    /// The value at place `k` of the sorted values, with none larger before it (Hoare's selection).
    private static func select(_ values: UnsafeMutableBufferPointer<UInt32>, _ k: Int) -> UInt32 {
        var (low, high) = (0, values.count - 1)
        while low < high {
            let pivot = unsafe values[low + (high - low) / 2]
            var (left, right) = (low, high)
            while left <= right {
                while unsafe values[left] < pivot { left += 1 }
                while unsafe values[right] > pivot { right -= 1 }
                if left <= right {
                    unsafe values.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if k <= right { high = right } else if k >= left { low = left } else { break }
        }
        return unsafe values[k]
    }
}
