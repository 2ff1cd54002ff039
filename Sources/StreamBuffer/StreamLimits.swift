internal import EventModel

/// How much the buffer may hold before the gateway is told that it is full.
package struct StreamLimits: Sendable, Equatable {
    /// Bytes over all lanes, as Redis accounts them. At some 600 bytes an event, 512 MiB hold 900,000 events: an hour
    /// of 250 events/s without Postgres. Deployments set it below Redis's `maxmemory`.
    package var bytesMax: Int
    /// Entries of one lane. A drain that comes back reads them one by one; bounds that work when batches are small.
    package var entriesMax: Int

    /// The defaults suit a Redis of 1 GiB.
    package init(bytesMax: Int = 512 << 20, entriesMax: Int = 2_000_000) {
        self.bytesMax = bytesMax
        self.entriesMax = entriesMax
    }

    /// Answered with `.full`: the time in which a drain takes in a good part of a full buffer.
    static let fullRetryAfterSeconds = 5
    /// Answered with `.unavailable`: a restart of Redis takes about this long.
    static let unavailableRetryAfterSeconds = 1
}

/// Decides whether the buffer has room, from sizes measured now and then and from what was appended since.
///
/// A value without I/O. Other gateways' appends since the last measurement are not seen, so with several gateways the
/// limit may be passed by what they append in one interval.
struct StreamGauge {
    /// Between measurements. MEMORY USAGE samples a few entries of each lane: some 5 us, a pipelined command more.
    static let interval = Duration.milliseconds(250)

    let limits: StreamLimits
    private var sizes: [Lane: StreamSize] = [:]
    private var measuredAt: ContinuousClock.Instant?

    init(limits: StreamLimits) { self.limits = limits }

    /// True when sizes are unknown or old.
    func isDue(_ now: ContinuousClock.Instant) -> Bool {
        guard let measuredAt else { return true }
        return now - measuredAt >= Self.interval
    }

    /// Bytes over all lanes, as far as known.
    var bytes: Int { sizes.values.reduce(0) { $0 + $1.bytes } }

    func isFull(lane: Lane) -> Bool {
        bytes >= limits.bytesMax || (sizes[lane]?.entries ?? 0) >= limits.entriesMax
    }

    mutating func appended(_ byteCount: Int, lane: Lane) {
        sizes[lane, default: StreamSize()].bytes += byteCount
        sizes[lane, default: StreamSize()].entries += 1
    }

    mutating func measured(_ measured: [Lane: StreamSize], _ now: ContinuousClock.Instant) {
        measuredAt = now
        sizes.merge(measured) { _, new in new }
    }

    /// The sizes are not known any more: the connection was lost, and with it perhaps what was counted.
    mutating func forget() { measuredAt = nil }
}
