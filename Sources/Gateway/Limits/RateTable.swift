/// Token buckets in a table of fixed size, where what has been quiet longest makes room; and, where several gateways
/// hold the limits together, a note of what was taken here and is not yet in the count that they share.
///
/// How the count is shared: now and then `drain` gives what was taken of each key since the last time. Whoever keeps
/// the shared count adds it there and gives back the level that all gateways have reached, which `settle` takes over. A
/// level is how far a bucket is from being full, as time: it means the same on machines whose clocks disagree.
///
/// A key is worth an exchange only when a gateway takes a sixteenth of what its limit gives: the many addresses that
/// send a request now and then would cost Redis more than their events do.
///
/// The error: between two exchanges a gateway does not see what the others take. So N gateways may together let through
/// at most (N - 1) times what one of them takes of a key between two exchanges or in a sixteenth of a second's limit,
/// and never more than (N - 1) bursts, above the limit. What was too much is a debt in the shared count and comes off
/// what follows, so over time the rate holds exactly, but for gateways that take less than a sixteenth of it in a
/// second: that is forgiven. With more keys active than there are places, some uses are forgiven, too.
package struct RateTable: Sendable {
    private struct Slot {
        var tag: UInt64 = 0
        var bucket = TokenBucket()
        /// Taken and not yet given to the shared count.
        var unsharedMicros: Int64 = 0
        /// When the first of that was taken.
        var unsharedSince: Int64 = 0

        /// Notes a use; true when it makes the key worth sharing.
        mutating func use(_ micros: Int64, _ nowMicros: Int64) -> Bool {
            let before = unsharedMicros
            guard before < RateTable.sharedFromMicros else {
                unsharedMicros += micros
                return false
            }
            let isOver = before == 0 || nowMicros - unsharedSince >= RateTable.windowMicros
            if isOver { unsharedSince = nowMicros }
            unsharedMicros = isOver ? micros : before + micros
            return unsharedMicros >= RateTable.sharedFromMicros
        }
    }

    /// All slots, in pages that take memory from their first use on: a quiet process has some of them.
    private struct Slots {
        /// Slots of a page; a power of two that the places of a key divide.
        private static let pageSlots = 256
        private var pages: [[Slot]] = Array(repeating: [], count: RateTable.slotCount / pageSlots)

        subscript(index: Int) -> Slot {
            get {
                let page = index / Self.pageSlots
                return pages[page].isEmpty ? Slot() : pages[page][index % Self.pageSlots]
            }
            _modify {
                let page = index / Self.pageSlots
                if pages[page].isEmpty { pages[page] = Array(repeating: Slot(), count: Self.pageSlots) }
                yield &pages[page][index % Self.pageSlots]
            }
        }
    }

    /// Where a key stands that has become worth sharing.
    private struct Place {
        let key: RateKey
        let slot: Int
    }

    private var slots = Slots()
    private var used: [Place] = []
    private let seed: UInt64
    private let isShared: Bool

    /// What a key is worth sharing from, taken within `windowMicros`; as time, like all levels.
    private static let sharedFromMicros: Int64 = 62_500
    private static let windowMicros: Int64 = 1_000_000
    /// Buckets kept: 64 Ki shops and addresses, 3 MiB where all are in use.
    static let slotCount = 1 << 16
    /// Places a key may be in.
    private static let ways = 4

    /// `seed` keeps outsiders from choosing addresses that share a bucket. Only a table that `isShared` notes uses.
    package init(seed: UInt64, isShared: Bool) {
        self.seed = seed
        self.isShared = isShared
    }

    /// Takes one token of `key` if there is one.
    package mutating func take(_ key: RateKey, limit: RateLimit, nowMicros: Int64) -> RateDecision {
        let tag = tag(of: key)
        let chosen = slot(of: tag)
        if slots[chosen].tag != tag { slots[chosen] = Slot(tag: tag) }
        let decision = slots[chosen].bucket.take(limit, nowMicros: nowMicros)
        if isShared, decision.isAllowed, slots[chosen].use(limit.intervalMicros, nowMicros) {
            used.append(Place(key: key, slot: chosen))
        }
        return decision
    }

    /// The decision that `take` would make.
    package func look(_ key: RateKey, limit: RateLimit, nowMicros: Int64) -> RateDecision {
        let tag = tag(of: key)
        let slot = slots[slot(of: tag)]
        var bucket = slot.tag == tag ? slot.bucket : TokenBucket()
        return bucket.take(limit, nowMicros: nowMicros)
    }

    /// The uses of up to `max` keys that are worth it since they were drained last; the shared count is to add them.
    package mutating func drain(max: Int) -> [RateUse] {
        let places = used.prefix(max)
        let uses = places.compactMap { place -> RateUse? in
            let tag = tag(of: place.key)
            // Another key may have its place by now.
            guard slots[place.slot].tag == tag, slots[place.slot].unsharedMicros > 0 else { return nil }
            defer { slots[place.slot].unsharedMicros = 0 }
            return RateUse(key: place.key, micros: slots[place.slot].unsharedMicros, slot: place.slot, tag: tag)
        }
        used.removeFirst(places.count)
        return uses
    }

    /// Takes over the shared levels of the keys in `uses`. A level below what this gateway knows (the shared count was
    /// lost) changes nothing.
    package mutating func settle(_ uses: [RateUse], levelsMicros: [Int64], nowMicros: Int64) {
        for (use, level) in zip(uses, levelsMicros) where slots[use.slot].tag == use.tag {
            let fullAt = nowMicros + level + slots[use.slot].unsharedMicros
            slots[use.slot].bucket.fullAtMicros = max(slots[use.slot].bucket.fullAtMicros, fullAt)
        }
    }

    /// Gives up on sharing what was taken until now; the own buckets keep it.
    package mutating func forgetUses() {
        for place in used { slots[place.slot].unsharedMicros = 0 }
        used.removeAll(keepingCapacity: true)
    }

    private func slot(of tag: UInt64) -> Int {
        let base = Int(truncatingIfNeeded: tag >> 1) & (Self.slotCount - Self.ways)
        var chosen = base
        for index in base..<base + Self.ways {
            if slots[index].tag == tag { return index }
            if slots[index].bucket.fullAtMicros < slots[chosen].bucket.fullAtMicros { chosen = index }
        }
        return chosen
    }

    private func tag(of key: RateKey) -> UInt64 {
        switch key {
        case .shop(let shop): mix(seed ^ UInt64(UInt32(bitPattern: shop))) | 1
        case .address(let address): mix(mix(seed ^ address.high) ^ address.low) & ~1 | 2
        }
    }

    /// The finalizer of MurmurHash3 (Austin Appleby).
    private func mix(_ value: UInt64) -> UInt64 {
        var hash = (value ^ (value >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ (hash >> 33)
    }
}

/// What was taken of one key, as the time that it takes to come back.
package struct RateUse: Sendable {
    package let key: RateKey
    package let micros: Int64
    fileprivate let slot: Int
    fileprivate let tag: UInt64

    fileprivate init(key: RateKey, micros: Int64, slot: Int, tag: UInt64) {
        self.key = key
        self.micros = micros
        self.slot = slot
        self.tag = tag
    }
}
