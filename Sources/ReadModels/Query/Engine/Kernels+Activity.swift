extension Kernels {
    /// The sums of the wanted counts over the entries of each cell: group of the entry's row times `width` plus the
    /// time bucket of the entry itself.
    static func activity(
        _ entries: [ActivityTable.Entry], _ groups: [UInt32], low: UInt32, bucketOfSlot: [UInt32], width: Int,
        cellCount: Int, wanted: [Tally]
    ) -> [Tally: [Int64]] {
        // Counts of a cell lie side by side, so an entry touches one line of the cache. Behind the last cell there is a
        // spare one for entries that do not count.
        var sums = [Int64](repeating: 0, count: (cellCount + 1) * stride)
        let bucketOfSlot = bucketOfSlot + [0]
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe entries.withUnsafeBufferPointer { entries in
                unsafe groups.withUnsafeBufferPointer { groups in
                    unsafe bucketOfSlot.withUnsafeBufferPointer { buckets in
                        if wanted == [.pageviews] {
                            unsafe pageviews(Place(groups, low, buckets, width, cellCount), entries, sums)
                        } else {
                            unsafe all(Place(groups, low, buckets, width, cellCount), entries, sums)
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

    /// Finds the cell of an entry without a branch.
    @unsafe private struct Place {
        let groups: UnsafeBufferPointer<UInt32>
        let low: UInt32
        let buckets: UnsafeBufferPointer<UInt32>
        let slots: UInt32
        let width: Int
        let spare: Int

        init(
            _ groups: UnsafeBufferPointer<UInt32>, _ low: UInt32, _ buckets: UnsafeBufferPointer<UInt32>, _ width: Int,
            _ spare: Int
        ) {
            unsafe self.groups = groups
            unsafe self.low = low
            unsafe self.buckets = buckets
            unsafe self.slots = UInt32(buckets.count - 1)
            unsafe self.width = width
            unsafe self.spare = spare
        }

        @inline(__always)
        func start(_ entry: ActivityTable.Entry) -> Int {
            let slot = unsafe min(entry.slot &- low, slots)
            let group = unsafe groups[Int(entry.row)]
            let cell = unsafe Int(group) &* width &+ Int(buckets[Int(slot)])
            return unsafe (slot == slots || group == none ? spare : cell) &* stride
        }
    }

    private static func pageviews(
        _ place: Place, _ entries: UnsafeBufferPointer<ActivityTable.Entry>, _ sums: UnsafeMutableBufferPointer<Int64>
    ) {
        // Neighbours mostly share a cell: their sum stays in a register until the cell changes.
        var (last, sum) = (0, Int64(0))
        for index in 0..<entries.count {
            let entry = unsafe entries[index]
            let start = unsafe place.start(entry)
            if start != last {
                unsafe sums[last &+ 1] &+= sum
                (last, sum) = (start, 0)
            }
            sum &+= Int64(entry.pageviews)
        }
        unsafe sums[last &+ 1] &+= sum
    }

    private static func all(
        _ place: Place, _ entries: UnsafeBufferPointer<ActivityTable.Entry>, _ sums: UnsafeMutableBufferPointer<Int64>
    ) {
        for index in 0..<entries.count {
            let entry = unsafe entries[index]
            let start = unsafe place.start(entry)
            unsafe sums[start] &+= Int64(entry.events)
            unsafe sums[start &+ 1] &+= Int64(entry.pageviews)
            unsafe sums[start &+ 2] &+= Int64(entry.productViews)
            unsafe sums[start &+ 3] &+= Int64(entry.addToCarts)
            unsafe sums[start &+ 4] &+= Int64(entry.checkouts)
            unsafe sums[start &+ 5] &+= Int64(entry.purchases)
        }
    }
}
