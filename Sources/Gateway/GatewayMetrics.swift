package import EventModel
internal import Synchronization

/// Counters of one gateway process. Safe from any thread; each is exact, together they are not a snapshot of one
/// instant.
package final class GatewayMetrics: Sendable {
    private let requestCount = Atomic<Int>(0)
    private let receivedCount = Atomic<Int>(0)
    private let acceptedCount = Atomic<Int>(0)
    private let duplicateCount = Atomic<Int>(0)
    private let conflictCount = Atomic<Int>(0)
    private let openConnections = Atomic<Int>(0)
    private let inFlightEvents = Atomic<Int>(0)
    private let receivingBytes = Atomic<Int>(0)
    private let batchCount = Atomic<Int>(0)
    private let refused = Mutex<[DropReason: Int]>([:])
    private let appendMillis = Mutex(Histogram(bounds: GatewayMetrics.appendBounds))

    /// Upper ends of the append latency's buckets, in milliseconds.
    package static let appendBounds: [Double] = [0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]

    package init() {}

    func countRequest() { requestCount.add(1, ordering: .relaxed) }
    func countReceived(_ events: Int) { receivedCount.add(events, ordering: .relaxed) }
    func countAccepted(_ events: Int) { acceptedCount.add(events, ordering: .relaxed) }
    func countDuplicate() { duplicateCount.add(1, ordering: .relaxed) }
    func countConflict() { conflictCount.add(1, ordering: .relaxed) }
    func countRefused(_ reason: DropReason, _ events: Int) {
        refused.withLock { $0[reason, default: 0] += events }
    }
    func changeInFlight(_ events: Int) { inFlightEvents.add(events, ordering: .relaxed) }
    func countAppend(batches: Int, millis: Double) {
        batchCount.add(batches, ordering: .relaxed)
        appendMillis.withLock { $0.record(millis) }
    }

    /// The number of open connections after this one.
    func connectionOpened() -> Int { openConnections.add(1, ordering: .relaxed).newValue }
    func connectionClosed() { openConnections.subtract(1, ordering: .relaxed) }

    func changeReceiving(_ bytes: Int) { receivingBytes.add(bytes, ordering: .relaxed) }

    /// What `/metrics` shows.
    package struct Snapshot: Sendable {
        package var requests = 0
        /// Events that came in, whatever became of them.
        package var received = 0
        /// Events answered as taken after the append.
        package var accepted = 0
        /// Of the accepted: repeats and conflicts that this process recognised.
        package var duplicate = 0
        package var conflict = 0
        package var refused: [DropReason: Int] = [:]
        /// Events accepted and not yet durable.
        package var inFlight = 0
        package var connections = 0
        package var receivingBytes = 0
        package var batches = 0
        package var append = Histogram(bounds: [])
    }

    package func snapshot() -> Snapshot {
        var snapshot = Snapshot()
        snapshot.requests = requestCount.load(ordering: .relaxed)
        snapshot.received = receivedCount.load(ordering: .relaxed)
        snapshot.accepted = acceptedCount.load(ordering: .relaxed)
        snapshot.duplicate = duplicateCount.load(ordering: .relaxed)
        snapshot.conflict = conflictCount.load(ordering: .relaxed)
        snapshot.refused = refused.withLock { $0 }
        snapshot.inFlight = inFlightEvents.load(ordering: .relaxed)
        snapshot.connections = openConnections.load(ordering: .relaxed)
        snapshot.receivingBytes = receivingBytes.load(ordering: .relaxed)
        snapshot.batches = batchCount.load(ordering: .relaxed)
        snapshot.append = appendMillis.withLock { $0 }
        return snapshot
    }
}

/// Counts of values by upper bound, as Prometheus wants them (`counts` are not yet cumulative; the last is above all).
package struct Histogram: Sendable, Equatable {
    package let bounds: [Double]
    package private(set) var counts: [Int]
    package private(set) var sum: Double = 0

    package init(bounds: [Double]) {
        self.bounds = bounds
        self.counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package mutating func record(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    package var count: Int { counts.reduce(0, +) }
}
