/// What happened in each quarter of an hour of each session: the counts by the events' own time.
///
/// Entries of a row stand together. A count that does not fit its bytes is split over several entries of one slot,
/// which add up to it.
struct ActivityTable {
    /// Counts of one entry, in the order of `Tally.activity`.
    struct Entry {
        var row: UInt32
        /// 0 for an entry that is no longer in use.
        var slot: UInt32
        var events: UInt16
        var pageviews: UInt16
        var productViews: UInt8
        var addToCarts: UInt8
        var checkouts: UInt8
        var purchases: UInt8
    }

    private(set) var entries: [Entry] = []
    /// Where the entries of each row begin.
    private var first: [UInt32] = []
    private var unused = 0

    /// Bytes it holds on to.
    var byteCount: Int { MemoryLayout<Entry>.stride * entries.capacity + 4 * first.capacity }

    /// Makes room without the doubling that appending would do.
    mutating func reserve(rows: Int) {
        first.reserveCapacity(rows)
        entries.reserveCapacity(rows + rows / 4)
    }

    /// Takes the activity of a row in place of what it had; `row` is at most the number of rows.
    mutating func set(_ row: Int, _ activity: Activity) {
        let fresh = activity.buckets.flatMap { Self.entries(UInt32(row), $0) }
        if row == first.count {
            Growth.append(&first, UInt32(entries.count))
        } else if count(row) == fresh.count {
            for (offset, entry) in fresh.enumerated() { entries[Int(first[row]) + offset] = entry }
            return
        } else {
            remove(row)
            first[row] = UInt32(entries.count)
        }
        for entry in fresh { Growth.append(&entries, entry) }
        if unused > 4096, unused > entries.count / 4 { compact() }
    }

    /// Takes away what a row had.
    mutating func remove(_ row: Int) {
        let count = count(row)
        for index in Int(first[row])..<Int(first[row]) + count { entries[index].slot = 0 }
        unused += count
        first[row] = UInt32(entries.count)
    }

    private func count(_ row: Int) -> Int {
        var index = Int(first[row])
        while index < entries.count, entries[index].row == UInt32(row), entries[index].slot != 0 { index += 1 }
        return index - Int(first[row])
    }

    private mutating func compact() {
        entries.removeAll { $0.slot == 0 }
        unused = 0
        // A row without entries points behind the last one; all others are found in one pass.
        for row in first.indices { first[row] = UInt32(entries.count) }
        for (index, entry) in entries.enumerated().reversed() { first[Int(entry.row)] = UInt32(index) }
    }

    private static func entries(_ row: UInt32, _ bucket: Activity.Bucket) -> [Entry] {
        var rest = bucket.counts
        var entries: [Entry] = []
        repeat {
            entries.append(
                Entry(
                    row: row, slot: UInt32(clamping: bucket.number), events: take(&rest.events),
                    pageviews: take(&rest.pageviews), productViews: take(&rest.productViews),
                    addToCarts: take(&rest.addToCarts), checkouts: take(&rest.checkouts),
                    purchases: take(&rest.purchases)))
        } while rest != EventCounts()
        return entries
    }

    /// As much of a count as fits.
    private static func take<T: FixedWidthInteger>(_ count: inout Int64) -> T {
        let part = T(clamping: count)
        count -= Int64(part)
        return part
    }
}
