/// What happened in each quarter of an hour of each session: the counts by the events' own time.
///
/// Entries of a row stand one after another. A count that does not fit its bytes is split over several entries of one
/// slot, which add up to it. Entry 0 is that of all rows in which nothing happened.
struct ActivityTable {
    /// In `steps`: the row has another entry behind this one.
    static let more: UInt8 = 0x80

    /// Slots since the one in which the session began, at most 97 in its 24 h, and `more`.
    private(set) var steps: [UInt8] = [0]
    private(set) var events: [UInt16] = [0]
    private(set) var pageviews: [UInt16] = [0]
    private(set) var productViews: [UInt8] = [0]
    private(set) var addToCarts: [UInt8] = [0]
    private(set) var checkouts: [UInt8] = [0]
    private(set) var purchases: [UInt8] = [0]
    /// Where the entries of each row begin.
    private(set) var first: [UInt32] = []
    private var unused = 0

    private struct Entry {
        var step: UInt8
        var counts: EventCounts
    }

    /// Bytes it holds on to.
    var byteCount: Int {
        steps.capacity + 2 * (events.capacity + pageviews.capacity) + productViews.capacity + addToCarts.capacity
            + checkouts.capacity + purchases.capacity + 4 * first.capacity
    }

    /// Makes room without the doubling that appending would do.
    mutating func reserve(rows: Int) {
        reserve(rows: rows, entries: rows + rows / 4)
    }

    private mutating func reserve(rows: Int, entries: Int) {
        first.reserveCapacity(rows)
        steps.reserveCapacity(entries)
        events.reserveCapacity(entries)
        pageviews.reserveCapacity(entries)
        productViews.reserveCapacity(entries)
        addToCarts.reserveCapacity(entries)
        checkouts.reserveCapacity(entries)
        purchases.reserveCapacity(entries)
    }

    /// Takes the activity of a row, which began in `startSlot`, in place of what it had; `row` is at most the number of
    /// rows.
    mutating func set(_ row: Int, _ activity: Activity, startSlot: UInt32) {
        let fresh = Self.entries(activity, Int64(startSlot))
        if row == first.count { Growth.append(&first, 0) }
        if count(row) == fresh.count {
            for (offset, entry) in fresh.enumerated() { put(entry, at: Int(first[row]) + offset) }
            return
        }
        remove(row)
        if !fresh.isEmpty { first[row] = UInt32(steps.count) }
        for entry in fresh { append(entry) }
        if unused > 4096, unused > steps.count / 4 { reorder(first.indices.map { UInt32($0) }) }
    }

    /// Takes away what a row had.
    mutating func remove(_ row: Int) {
        unused += count(row)
        first[row] = 0
    }

    /// The slot of the last entry of a row that began in `startSlot`.
    func lastSlot(of row: Int, startSlot: UInt32) -> UInt32 {
        let count = count(row)
        return count == 0 ? startSlot : startSlot &+ UInt32(steps[Int(first[row]) + count - 1] & ~Self.more)
    }

    private func count(_ row: Int) -> Int {
        var last = Int(first[row])
        if last == 0 { return 0 }
        while steps[last] & Self.more != 0 { last += 1 }
        return last + 1 - Int(first[row])
    }

    private mutating func append(_ entry: Entry) {
        Growth.append(&steps, 0)
        Growth.append(&events, 0)
        Growth.append(&pageviews, 0)
        Growth.append(&productViews, 0)
        Growth.append(&addToCarts, 0)
        Growth.append(&checkouts, 0)
        Growth.append(&purchases, 0)
        put(entry, at: steps.count - 1)
    }

    private mutating func put(_ entry: Entry, at place: Int) {
        steps[place] = entry.step
        events[place] = UInt16(entry.counts.events)
        pageviews[place] = UInt16(entry.counts.pageviews)
        productViews[place] = UInt8(entry.counts.productViews)
        addToCarts[place] = UInt8(entry.counts.addToCarts)
        checkouts[place] = UInt8(entry.counts.checkouts)
        purchases[place] = UInt8(entry.counts.purchases)
    }

    /// Puts the rows into an order that names the row which each is now, and their entries into the same.
    mutating func reorder(_ order: [UInt32]) {
        var next = ActivityTable()
        next.reserve(rows: first.capacity, entries: steps.capacity)
        for row in order {
            let places = Int(first[Int(row)])..<Int(first[Int(row)]) + count(Int(row))
            next.first.append(places.isEmpty ? 0 : UInt32(next.steps.count))
            next.steps += steps[places]
            next.events += events[places]
            next.pageviews += pageviews[places]
            next.productViews += productViews[places]
            next.addToCarts += addToCarts[places]
            next.checkouts += checkouts[places]
            next.purchases += purchases[places]
        }
        self = next
    }

    private static func entries(_ activity: Activity, _ startSlot: Int64) -> [Entry] {
        var entries: [Entry] = []
        for bucket in activity.buckets {
            let step = UInt8(min(max(bucket.number - startSlot, 0), Int64(more - 1)))
            var rest = bucket.counts
            repeat { entries.append(Entry(step: step | more, counts: part(of: &rest))) } while rest != EventCounts()
        }
        if !entries.isEmpty { entries[entries.count - 1].step ^= more }
        return entries
    }

    /// As much of each count as fits; takes it off.
    private static func part(of rest: inout EventCounts) -> EventCounts {
        var part = EventCounts()
        part.events = min(rest.events, Int64(UInt16.max))
        part.pageviews = min(rest.pageviews, Int64(UInt16.max))
        part.productViews = min(rest.productViews, Int64(UInt8.max))
        part.addToCarts = min(rest.addToCarts, Int64(UInt8.max))
        part.checkouts = min(rest.checkouts, Int64(UInt8.max))
        part.purchases = min(rest.purchases, Int64(UInt8.max))
        rest.events -= part.events
        rest.pageviews -= part.pageviews
        rest.productViews -= part.productViews
        rest.addToCarts -= part.addToCarts
        rest.checkouts -= part.checkouts
        rest.purchases -= part.purchases
        return part
    }
}
