/// Waits that double up to a bound, with jitter, so that many clients of a store that comes back do not return at once.
package struct Backoff: Sendable {
    /// The first wait: a store that restarts at once costs hardly more.
    package static let first = Duration.milliseconds(20)
    /// The longest wait, so that work goes on within a second of a store's return.
    package static let longest = Duration.seconds(1)

    private var failures = 0

    /// No failure yet.
    package init() {}

    /// The wait after one more failure: between half and all of the doubled time.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        failures = min(failures + 1, 16)
        let ceiling = min(Self.first * (1 << failures), Self.longest)
        return ceiling * Double.random(in: 0.5...1, using: &generator)
    }

    /// The wait after one more failure, with the system's randomness.
    package mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    /// It works again.
    package mutating func reset() { failures = 0 }
}
