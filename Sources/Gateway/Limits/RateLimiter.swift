package import EventModel

/// How often something may happen.
package struct RateLimit: Sendable, Equatable {
    package var perSecond: Int
    /// How many at once after a quiet time.
    package var burst: Int

    package init(perSecond: Int, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
    }

    /// How long one token takes to come back; a microsecond at least.
    var intervalMicros: Int64 { max(1, 1_000_000 / Int64(max(1, perSecond))) }
}

/// What a rate is counted for; a hash in practice.
package enum RateKey: Sendable, Hashable {
    case shop(ShopID)
    case address(ClientAddress)
}

/// The answer of a limiter.
package struct RateDecision: Sendable, Equatable {
    package let isAllowed: Bool
    /// How many more are allowed at once now.
    package let remaining: Int
    /// Seconds until the next one is allowed; 0 when it is allowed now.
    package let retryAfterSeconds: Int
}

/// What the `RateLimit` header says about one policy.
package struct RateState: Sendable, Equatable {
    package let policy: StaticPolicy
    package let limit: RateLimit
    package let decision: RateDecision

    /// The policies' names in the headers.
    package enum StaticPolicy: String, Sendable {
        case shop, address
    }

    /// Seconds until the whole burst is allowed again.
    package var resetSeconds: Int {
        let perSecond = max(1, limit.perSecond)
        return (limit.burst - decision.remaining + perSecond - 1) / perSecond
    }
}

/// Decides whether one more request may be taken. Called on event loops: never blocks, never waits.
package protocol RateLimiter: Sendable {
    func take(_ key: RateKey, limit: RateLimit, nowMillis: Int64) -> RateDecision
    /// The decision that `take` would make, without taking.
    func look(_ key: RateKey, limit: RateLimit, nowMillis: Int64) -> RateDecision
}

/// The generic cell rate algorithm, a token bucket in one number: when the bucket would be full again, in microseconds.
package struct TokenBucket: Sendable, Equatable {
    package var fullAtMicros: Int64 = 0

    package init() {}

    /// Takes one token if there is one.
    package mutating func take(_ limit: RateLimit, nowMicros: Int64, count: Int = 1) -> RateDecision {
        let interval = limit.intervalMicros
        let depth = interval * Int64(limit.burst)
        // Debts come from other gateways (see `RateTable`), and from clocks that were put back; one burst is enough.
        let start = min(max(fullAtMicros, nowMicros), nowMicros + 2 * depth)
        let next = start + interval * Int64(count)
        let room = nowMicros + depth - next
        guard room >= 0 else {
            fullAtMicros = start
            return RateDecision(isAllowed: false, remaining: 0, retryAfterSeconds: Int((-room + 999_999) / 1_000_000))
        }
        fullAtMicros = next
        return RateDecision(isAllowed: true, remaining: Int(room / interval), retryAfterSeconds: 0)
    }
}
