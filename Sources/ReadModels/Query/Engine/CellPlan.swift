/// Where rows and activity are counted: in cells, a cell being a group in a time bucket.
struct CellPlan {
    /// The first slot of the period.
    let low: UInt32
    /// The bucket of each slot from there on, and behind the last one any.
    let buckets: [UInt32]
    /// Number of buckets.
    let width: Int
    /// Number of cells. What lies outside of the period is in the cell of this number, so that no loop branches for it.
    let count: Int

    init(_ grid: TimeGrid, groupCount: Int) {
        low = UInt32(clamping: grid.slots.lowerBound)
        buckets = grid.bucketOfSlot + [0]
        width = grid.labels.count
        count = groupCount * width
    }

    /// The bucket in which everything lies that happened in a block; nil where that is in several, or outside of the
    /// period.
    func bucket(of span: BlockBounds.Span) -> UInt32? {
        let slots = UInt32(buckets.count - 1)
        guard span.first >= low, span.lastEvent >= span.first, span.lastEvent - low < slots else { return nil }
        let bucket = buckets[Int(span.first - low)]
        return bucket == buckets[Int(span.lastEvent - low)] ? bucket : nil
    }

    /// The cell of each group in one bucket.
    func cells(_ groups: [UInt32], in bucket: UInt32) -> [UInt32] {
        if width == 1 { return groups }
        let width = UInt32(width)
        return unsafe [UInt32](unsafeUninitializedCapacity: groups.count) { out, count in
            unsafe groups.withUnsafeBufferPointer { groups in
                for index in 0..<groups.count { unsafe out[index] = groups[index] &* width &+ bucket }
            }
            count = groups.count
        }
    }

    /// The cell of each row: that of its group at the row's start.
    func cells(_ groups: [UInt32], _ starts: [UInt32]) -> [UInt32] {
        let (low, width, spare, slots) = (low, UInt32(width), UInt32(count), UInt32(buckets.count - 1))
        return unsafe [UInt32](unsafeUninitializedCapacity: groups.count) { out, count in
            unsafe groups.withUnsafeBufferPointer { groups in
                unsafe starts.withUnsafeBufferPointer { starts in
                    unsafe buckets.withUnsafeBufferPointer { buckets in
                        for index in 0..<groups.count {
                            let slot = unsafe min(starts[index] &- low, slots)
                            let cell = unsafe groups[index] &* width &+ buckets[Int(slot)]
                            unsafe out[index] = slot == slots ? spare : cell
                        }
                    }
                }
            }
            count = groups.count
        }
    }
}
