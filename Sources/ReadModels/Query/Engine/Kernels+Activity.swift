extension Kernels {
    /// The sums of the wanted counts over the entries of each cell: group of the entry's row times `width` plus the
    /// time bucket of the entry itself.
    static func activity(
        _ entries: [ActivityTable.Entry], _ groups: [UInt32], low: UInt32, bucketOfSlot: [UInt32], width: Int,
        cellCount: Int, wanted: [Tally]
    ) -> [Tally: [Int64]] {
        // Counts of a cell lie side by side, so an entry touches one line of the cache.
        var sums = [Int64](repeating: 0, count: cellCount * stride)
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe entries.withUnsafeBufferPointer { entries in
                unsafe groups.withUnsafeBufferPointer { groups in
                    unsafe bucketOfSlot.withUnsafeBufferPointer { buckets in
                        if wanted == [.pageviews] {
                            unsafe pageviews(entries, groups, low, buckets, width, sums)
                        } else {
                            unsafe all(entries, groups, low, buckets, width, sums)
                        }
                    }
                }
            }
        }
        var result: [Tally: [Int64]] = [:]
        for tally in wanted {
            guard let place = Tally.activity.firstIndex(of: tally) else { continue }
            result[tally] = (0..<cellCount).map { sums[$0 * stride + place] }
        }
        return result
    }

    private static let stride = 8

    private static func pageviews(
        _ entries: UnsafeBufferPointer<ActivityTable.Entry>, _ groups: UnsafeBufferPointer<UInt32>, _ low: UInt32,
        _ buckets: UnsafeBufferPointer<UInt32>, _ width: Int, _ sums: UnsafeMutableBufferPointer<Int64>
    ) {
        let slots = UInt32(buckets.count)
        for index in 0..<entries.count {
            let entry = unsafe entries[index]
            let slot = entry.slot &- low
            guard slot < slots else { continue }
            let group = unsafe groups[Int(entry.row)]
            guard group != none else { continue }
            let cell = unsafe Int(group) &* width &+ Int(buckets[Int(slot)])
            unsafe sums[cell &* stride &+ 1] &+= Int64(entry.pageviews)
        }
    }

    private static func all(
        _ entries: UnsafeBufferPointer<ActivityTable.Entry>, _ groups: UnsafeBufferPointer<UInt32>, _ low: UInt32,
        _ buckets: UnsafeBufferPointer<UInt32>, _ width: Int, _ sums: UnsafeMutableBufferPointer<Int64>
    ) {
        let slots = UInt32(buckets.count)
        for index in 0..<entries.count {
            let entry = unsafe entries[index]
            let slot = entry.slot &- low
            guard slot < slots else { continue }
            let group = unsafe groups[Int(entry.row)]
            guard group != none else { continue }
            let at = unsafe (Int(group) &* width &+ Int(buckets[Int(slot)])) &* stride
            unsafe sums[at] &+= Int64(entry.events)
            unsafe sums[at &+ 1] &+= Int64(entry.pageviews)
            unsafe sums[at &+ 2] &+= Int64(entry.productViews)
            unsafe sums[at &+ 3] &+= Int64(entry.addToCarts)
            unsafe sums[at &+ 4] &+= Int64(entry.checkouts)
            unsafe sums[at &+ 5] &+= Int64(entry.purchases)
        }
    }
}
