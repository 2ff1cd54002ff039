internal import Gateway

extension RateLimit {
    /// Finer than a microsecond is not counted.
    private static let perSecondMax = 1_000_000
    private static let burstMax = 10_000_000
    /// What may come at once where only a rate is set: what was not used for ten seconds.
    private static let burstSeconds = 10

    /// Reads `rate` or `rate/burst`, nil where nothing is set; `name` is what a refusal calls it.
    init?(_ text: String?, _ name: String) throws {
        guard let text, !text.isEmpty else { return nil }
        let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard (1...2).contains(numbers.count), let rate = numbers.first, (1...Self.perSecondMax).contains(rate),
            let burst = numbers.count == 2 ? numbers.last : rate * Self.burstSeconds,
            (1...Self.burstMax).contains(burst)
        else {
            throw CommandFailure(
                "\(name) must be requests a second, 1 to \(Self.perSecondMax), for example 500, "
                    + "or with what may come at once, for example 500/5000.")
        }
        self.init(perSecond: rate, burst: burst)
    }
}
