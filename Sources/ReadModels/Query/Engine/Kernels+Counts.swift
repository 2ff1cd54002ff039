/// Sums over the rows of each cell. Rows that do not count are in the cell behind the last one, `cellCount`.
extension Kernels {
    /// How many values have the bit; 0 counts all.
    static func count(_ values: [UInt8], with bit: UInt8) -> Int64 {
        if bit == 0 { return Int64(values.count) }
        let shift = UInt8(truncatingIfNeeded: bit.trailingZeroBitCount)
        var count: UInt32 = 0
        unsafe values.withUnsafeBufferPointer { values in
            for index in 0..<values.count { unsafe count &+= UInt32(values[index] &>> shift & 1) }
        }
        return Int64(count)
    }

    /// The sum of all values.
    static func sum<T: FixedWidthInteger>(_ values: [T]) -> Int64 {
        var sum: Int64 = 0
        unsafe values.withUnsafeBufferPointer { values in
            for index in 0..<values.count { unsafe sum &+= Int64(truncatingIfNeeded: values[index]) }
        }
        return sum
    }

    /// The sum of the values at some places.
    static func sum<T: FixedWidthInteger>(_ values: [T], _ places: [UInt32]) -> Int64 {
        var sum: Int64 = 0
        unsafe values.withUnsafeBufferPointer { values in
            unsafe places.withUnsafeBufferPointer { places in
                for index in 0..<places.count {
                    sum &+= unsafe Int64(truncatingIfNeeded: values[Int(places[index])])
                }
            }
        }
        return sum
    }

    /// Adds to each cell's sum the value of each of its rows.
    static func add<T: FixedWidthInteger>(_ values: [T], to sums: inout [Int64], _ cells: [UInt32]) {
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe values.withUnsafeBufferPointer { values in
                    for index in 0..<cells.count {
                        unsafe sums[Int(cells[index])] &+= Int64(truncatingIfNeeded: values[index])
                    }
                }
            }
        }
    }

    /// Adds to each cell's sum the values at its places.
    static func add<T: FixedWidthInteger>(
        _ values: [T], _ places: [UInt32], to sums: inout [Int64], _ cells: [UInt32]
    ) {
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe cells.withUnsafeBufferPointer { cells in
                unsafe values.withUnsafeBufferPointer { values in
                    unsafe places.withUnsafeBufferPointer { places in
                        for index in 0..<cells.count {
                            let value = unsafe Int64(truncatingIfNeeded: values[Int(places[index])])
                            unsafe sums[Int(cells[index])] &+= value
                        }
                    }
                }
            }
        }
    }

    /// Brings the values of each cell's rows together: values in order of cell, and where each cell ends.
    static func partition(
        _ cells: [UInt32], _ values: [UInt32], cellCount: Int
    ) -> (values: [UInt32], ends: [Int]) {
        var ends = [Int](repeating: 0, count: cellCount + 1)
        unsafe ends.withUnsafeMutableBufferPointer { ends in
            unsafe cells.withUnsafeBufferPointer { cells in
                for index in 0..<cells.count { unsafe ends[Int(cells[index])] &+= 1 }
            }
        }
        ends.removeLast()
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
