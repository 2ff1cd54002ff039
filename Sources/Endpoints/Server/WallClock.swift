internal import Glibc

/// The machine's wall clock.
package enum WallClock {
    /// Unix milliseconds.
    package static func nowMillis() -> Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
