/// How long one call goes on trying. Pure.
package struct Patience: Sendable, Equatable {
    private let isMutation: Bool
    private var throttleLeft = AdminClient.throttleWaitMillisMax
    private var repeats = 0

    /// Of a call that has not been tried yet.
    package init(isMutation: Bool) {
        self.isMutation = isMutation
    }

    /// Waits for query points; throws `throttled` when that would be too long.
    package mutating func spend(_ millis: Int64) throws(AdminError) {
        guard millis <= throttleLeft else {
            throw AdminError(.throttled, "no query points left", retryAfterMillis: millis)
        }
        throttleLeft -= millis
    }

    /// Milliseconds to wait before the next try; nil when the error is the caller's.
    ///
    /// A throttled document did not run, so it is sent again whatever it is. After a failure on the way a mutation may
    /// have run: only the caller knows whether it may run twice.
    package mutating func wait(after error: AdminError, jitter: Double) -> Int64? {
        switch error.code {
        case .throttled:
            let wait = max(error.retryAfterMillis ?? AdminClient.throttleWaitMillis, 1)
            guard wait <= throttleLeft else { return nil }
            throttleLeft -= wait
            return wait
        case .unavailable where !isMutation && repeats < AdminClient.repeatsMax:
            repeats += 1
            let step = AdminClient.repeatWaitMillis << (repeats - 1)
            return step / 2 + Int64(Double(step) * jitter)
        default:
            return nil
        }
    }
}
