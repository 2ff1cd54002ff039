internal import Synchronization

/// What is left of the app's query points at one shop, as far as we know: Shopify's last word, restored since, less
/// what we have sent. Pure; times in milliseconds.
package struct CostBucket: Sendable, Equatable {
    /// Before Shopify has said anything: the smallest plan's bucket (standard plan, 2026).
    private var maximum = 2000.0
    private var restoreRate = 100.0
    private var available = 2000.0
    private var updatedAt: Int64 = 0

    /// A full bucket.
    package init() {}

    /// Takes `cost` points, or says after how many milliseconds there will be enough.
    package mutating func take(_ cost: Double, now: Int64) -> Int64? {
        restore(now)
        // What never fits is sent all the same: Shopify refuses it for good.
        let wanted = min(cost, maximum)
        guard available < wanted else {
            available -= wanted
            return nil
        }
        return max(AdminTiming.millis(seconds: (wanted - available) / restoreRate), 1)
    }

    /// Takes over what an answer says.
    package mutating func settle(_ status: QueryCost.ThrottleStatus, now: Int64) {
        maximum = max(status.maximumAvailable, 1)
        restoreRate = max(status.restoreRate, 1)
        available = min(status.currentlyAvailable, maximum)
        updatedAt = now
    }

    /// Shopify said THROTTLED without saying how much is left.
    package mutating func empty(now: Int64) {
        available = 0
        updatedAt = now
    }

    private mutating func restore(_ now: Int64) {
        guard now > updatedAt else { return }
        available = min(maximum, available + Double(now - updatedAt) / 1000 * restoreRate)
        updatedAt = now
    }
}

/// The buckets of all shops that this process calls, and what each document cost last; shared by all tasks.
final class CostBuckets: Sendable {
    /// A document that has not been sent yet is taken for a small page.
    private static let costByDefault = 20.0
    /// Above this all buckets are forgotten: an unknown bucket is a full one, and Shopify corrects us.
    private static let bucketsMax = 20_000

    private struct State {
        var buckets: [ShopDomain: CostBucket] = [:]
        var costs: [String: Double] = [:]
    }

    private let state = Mutex(State())

    /// Takes the points of a document, or says how long to wait.
    func take(_ document: AdminDocument, at shop: ShopDomain, now: Int64) -> Int64? {
        state.withLock { state in
            if state.buckets.count > Self.bucketsMax { state.buckets = [:] }
            let cost = state.costs[document.name] ?? Self.costByDefault
            return state.buckets[shop, default: CostBucket()].take(cost, now: now)
        }
    }

    /// Learns from an answer.
    func settle(_ document: AdminDocument, _ cost: QueryCost?, at shop: ShopDomain, now: Int64, isThrottled: Bool) {
        state.withLock { state in
            if let cost {
                state.costs[document.name] = cost.requestedQueryCost
                state.buckets[shop, default: CostBucket()].settle(cost.throttleStatus, now: now)
            } else if isThrottled {
                state.buckets[shop, default: CostBucket()].empty(now: now)
            }
        }
    }
}
