package import EventModel

/// The identities of all events of a lane whose own time is not before a floor: an exact answer, without a query, for
/// the repeats that live traffic brings.
///
/// Complete only while one writer appends to the lane; `AppendPlanner` keeps track of that. Open addressing over the
/// key's own hash bits, which are keyed and so out of a sender's control; 24 bytes a slot, 6 MiB at most.
package struct KeyWindow: Sendable {
    /// What the window knows of an identity.
    package enum Answer: Sendable {
        /// Not in the log; from now on it counts as being there.
        case new
        /// In the log with the same content.
        case repeated
        /// In the log with other content.
        case conflicting
        /// Before the floor, not yet due, or at the ceiling: the log must be asked.
        case unknown
    }

    private struct Slot {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var content: UInt64 = 0

        var isEmpty: Bool { high == 0 && low == 0 }
        var millis: Int64 { Int64(high >> 16) }
    }

    /// Ten seconds of a busy lane. More costs memory and cache misses; a probe by SQL is only some 3 us a key.
    package static let countMax = 131_072
    /// Read from the log when a writer starts; half as many leave the first eviction far away and the start short.
    package static let loadedCountMax = 32_768
    private static let slotsMin = 1024
    /// How far a clock of an honest sender is ahead (as at the gateway). Keys of later times are not kept: some thousands
    /// of them would raise the floor above the present, and then nothing would be known any more.
    static let aheadMillisMax: Int64 = 5 * 60_000

    /// Keys of this time and later are all here; milliseconds.
    package private(set) var floorMillis: Int64
    /// Keys of this time and later may be in the log and not here: they were ahead when they came.
    package private(set) var ceilingMillis: Int64
    /// The present has come to the ceiling: a window that is loaded anew knows more.
    package private(set) var isOutrun = false
    /// Keys held.
    package private(set) var count = 0
    private var slots: [Slot]

    /// Holds nothing; complete for a log without events, or without any from `floorMillis` to `ceilingMillis`.
    package init(floorMillis: Int64 = 0, ceilingMillis: Int64 = .max) {
        self.floorMillis = floorMillis
        self.ceilingMillis = ceilingMillis
        self.slots = Array(repeating: Slot(), count: Self.slotsMin)
    }

    /// Looks an identity up and, where it is new, takes it in. `nowMillis` is when its event was received.
    package mutating func admit(_ key: Key128, content: UInt64, nowMillis: Int64) -> Answer {
        let time = EventKey.timeMillis(key)
        guard time - Self.aheadMillisMax <= nowMillis else {
            ceilingMillis = min(ceilingMillis, time)
            return .unknown
        }
        guard time < ceilingMillis else {
            isOutrun = true
            return .unknown
        }
        if count >= Self.countMax { evict() }
        guard time >= floorMillis, key != .zero else { return .unknown }
        if (count + 1) * 2 > slots.count { rebuild(slotCount: slots.count * 2) }
        let index = slot(of: key)
        guard slots[index].isEmpty else { return slots[index].content == content ? .repeated : .conflicting }
        slots[index] = Slot(high: key.high, low: key.low, content: content)
        count += 1
        return .new
    }

    /// The slot that holds the key, or the empty one where it belongs.
    private func slot(of key: Key128) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: key.low) & mask
        while !slots[index].isEmpty, slots[index].low != key.low || slots[index].high != key.high {
            index = (index + 1) & mask
        }
        return index
    }

    /// Raises the floor to the median time, so that half of the keys go; amortized it costs some 0.1 us a key.
    private mutating func evict() {
        let times = slots.lazy.filter { !$0.isEmpty }.map(\.millis).sorted()
        let median = times[times.count / 2]
        // Where most keys are of one millisecond, that millisecond must go as a whole.
        raiseFloor(to: times[times.count / 4] == median ? median + 1 : median)
    }

    /// Forgets the keys before this time.
    mutating func raiseFloor(to millis: Int64) {
        floorMillis = max(floorMillis, millis)
        rebuild(slotCount: slots.count)
    }

    private mutating func rebuild(slotCount: Int) {
        let old = slots
        slots = Array(repeating: Slot(), count: slotCount)
        count = 0
        for entry in old where !entry.isEmpty && entry.millis >= floorMillis {
            slots[slot(of: Key128(high: entry.high, low: entry.low))] = entry
            count += 1
        }
    }
}
