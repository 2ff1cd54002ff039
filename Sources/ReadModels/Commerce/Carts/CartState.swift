/// What became of a cart, at one time of looking (`metrics.md`, Carts and checkouts).
package enum CartState: String, Sendable, CaseIterable {
    /// Something happened within the last day, and no checkout was begun.
    case open
    /// The same, in a checkout.
    case checkout
    /// Ordered, and never left before.
    case completed
    /// Left for more than a day without an order, or ordered too long after that.
    case abandoned
    /// Left, and ordered within the time in which that counts as won back.
    case recovered

    /// How long after it was abandoned an order counts as recovery: 30 days of 86,400 s.
    package static let recoveryMillis: Int64 = 30 * 86_400_000

    /// The state at `now`; all times are Unix milliseconds. `dueAt` is a day after the last activity, `lapsedAt` the
    /// last time it was abandoned before the order. Exactly a day, and exactly 30 days, are still in time.
    package init(now: Int64, dueAt: Int64, lapsedAt: Int64?, completedAt: Int64?, hasCheckout: Bool) {
        // Seen from before the order, it is as if there were none.
        if let completedAt, completedAt <= now {
            guard let lapsedAt else {
                self = .completed
                return
            }
            self = completedAt - lapsedAt <= Self.recoveryMillis ? .recovered : .abandoned
        } else if now > dueAt {
            self = .abandoned
        } else {
            self = hasCheckout ? .checkout : .open
        }
    }
}
