internal import FoundationEssentials

/// Time and chance as the Shopify module uses them, so that tests neither wait nor guess.
package struct AdminTiming: Sendable {
    /// Waits.
    package var clock: any Clock<Duration>
    /// Unix milliseconds.
    package var nowMillis: @Sendable () -> Int64
    /// 0 to 1.
    package var jitter: @Sendable () -> Double

    /// Real time.
    package init(
        clock: any Clock<Duration> = ContinuousClock(),
        nowMillis: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) },
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        self.clock = clock
        self.nowMillis = nowMillis
        self.jitter = jitter
    }

    /// A wait that somebody else named: whole milliseconds, at most an hour; nonsense is no wait.
    static func millis(seconds: Double) -> Int64 {
        seconds.isFinite ? Int64((min(max(seconds, 0), 3600) * 1000).rounded(.up)) : 0
    }

    /// Waits; a cancelled task stops waiting and is told so.
    func wait(_ millis: Int64) async throws(AdminError) {
        do {
            try await clock.sleep(for: .milliseconds(millis))
        } catch {
            throw AdminError(.unavailable, "cancelled")
        }
    }
}
