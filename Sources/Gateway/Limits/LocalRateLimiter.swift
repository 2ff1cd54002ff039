internal import EventModel
internal import Synchronization

/// Token buckets of this process in a table of fixed size: what has been quiet longest makes room.
package final class LocalRateLimiter: RateLimiter {
    private struct Slot {
        var tag: UInt64 = 0
        var bucket = TokenBucket()
    }

    private let table: Mutex<[Slot]>
    private let seed: UInt64

    /// Buckets kept: 64 Ki shops and addresses, 1 MiB. With more active at once, some bursts are forgiven.
    package static let slotCount = 1 << 16
    /// Places a key may be in.
    private static let ways = 4

    /// `seed` keeps outsiders from choosing addresses that share a bucket.
    package init(seed: UInt64) {
        self.seed = seed
        self.table = Mutex(Array(repeating: Slot(), count: Self.slotCount))
    }

    package func take(_ key: RateKey, limit: RateLimit, nowMillis: Int64) -> RateDecision {
        let tag = hash(key)
        let micros = nowMillis * 1000
        return table.withLock { slots in
            let base = Int(truncatingIfNeeded: tag >> 1) & (Self.slotCount - Self.ways)
            var chosen = base
            for index in base..<base + Self.ways {
                if slots[index].tag == tag {
                    chosen = index
                    break
                }
                if slots[index].bucket.fullAtMicros < slots[chosen].bucket.fullAtMicros { chosen = index }
            }
            if slots[chosen].tag != tag { slots[chosen] = Slot(tag: tag) }
            return slots[chosen].bucket.take(limit, nowMicros: micros)
        }
    }

    private func hash(_ key: RateKey) -> UInt64 {
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
