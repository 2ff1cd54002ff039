/// When a task that failed is tried again, and when it is given up. A value without I/O.
package struct RetryPolicy: Sendable, Equatable {
    /// Tries before a task goes to the dead letters: with the waits below about a day and a half, longer than Shopify's
    /// outages and shorter than an operator's weekend.
    package var attemptsMax: Int
    /// The wait after the first failure.
    package var first: Duration
    /// No wait is longer.
    package var longest: Duration

    /// The waits double from `first` to `longest`.
    package init(attemptsMax: Int = 30, first: Duration = .seconds(5), longest: Duration = .seconds(2 * 3600)) {
        self.attemptsMax = attemptsMax
        self.first = first
        self.longest = longest
    }

    /// What to do after a failure.
    package enum Decision: Sendable, Equatable {
        /// Try again after this time.
        case retry(after: Duration)
        /// A dead letter.
        case giveUp
    }

    /// The decision after try number `attempt` (the first is 1): between half and all of the doubled wait, by `jitter`
    /// from 0 to 1, and never less than the other side asked for.
    package func decide(_ failure: TaskFailure, attempt: Int, jitter: Double) -> Decision {
        guard !failure.isPermanent, attempt < attemptsMax else { return .giveUp }
        let doublings = min(max(0, attempt - 1), 20)
        let ceiling = min(first * (1 << doublings), longest)
        let wait = ceiling * (0.5 + jitter / 2)
        return .retry(after: max(wait, failure.retryAfter ?? .zero))
    }
}
