internal import Synchronization

/// Decides by the token buckets of this process (see `RateTable`), at once. Where a `RateReconciler` runs for it, the
/// buckets follow what other gateways take; without one, or with Redis away, each gateway holds the limits by itself.
package final class LocalRateLimiter: RateLimiter {
    private let table: Mutex<RateTable>

    /// `seed` keeps outsiders from choosing addresses that share a bucket. `isShared` is true where a `RateReconciler`
    /// runs for it.
    package init(seed: UInt64, isShared: Bool = false) {
        self.table = Mutex(RateTable(seed: seed, isShared: isShared))
    }

    /// Takes one token of `key` if there is one; a short lock and no waiting.
    package func take(_ key: RateKey, limit: RateLimit, nowMillis: Int64) -> RateDecision {
        table.withLock { $0.take(key, limit: limit, nowMicros: nowMillis * 1000) }
    }

    /// The decision that `take` would make, without taking; a short lock and no waiting.
    package func look(_ key: RateKey, limit: RateLimit, nowMillis: Int64) -> RateDecision {
        table.withLock { $0.look(key, limit: limit, nowMicros: nowMillis * 1000) }
    }

    func drain(max: Int) -> [RateUse] { table.withLock { $0.drain(max: max) } }

    func settle(_ uses: [RateUse], levelsMicros: [Int64], nowMillis: Int64) {
        table.withLock { $0.settle(uses, levelsMicros: levelsMicros, nowMicros: nowMillis * 1000) }
    }

    func forgetUses() { table.withLock { $0.forgetUses() } }
}
