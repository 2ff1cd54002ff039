package import EventModel
internal import Synchronization

/// What one event loop counts. Each loop has its own: counters that all loops share would be carried from core to core
/// with every event.
final class LoopCounts: Sendable {
    fileprivate let requests = Atomic<Int>(0)
    fileprivate let received = Atomic<Int>(0)
    fileprivate let accepted = Atomic<Int>(0)
    fileprivate let duplicate = Atomic<Int>(0)
    fileprivate let conflict = Atomic<Int>(0)
    fileprivate let submitted = Atomic<Int>(0)

    func countRequest() { requests.add(1, ordering: .relaxed) }
    func countReceived(_ events: Int) { received.add(events, ordering: .relaxed) }
    func countAccepted(_ events: Int) { accepted.add(events, ordering: .relaxed) }
    func countDuplicate() { duplicate.add(1, ordering: .relaxed) }
    func countConflict() { conflict.add(1, ordering: .relaxed) }
    /// Events that wait to become durable from now on.
    func countSubmitted(_ events: Int) { submitted.add(events, ordering: .relaxed) }
}

/// Counters of one gateway process. Safe from any thread; each is exact, together they are not a snapshot of one
/// instant.
package final class GatewayMetrics: Sendable {
    private let loops = Mutex<[LoopCounts]>([])
    private let openConnections = Atomic<Int>(0)
    private let flushedEvents = Atomic<Int>(0)
    private let receivingBytes = Atomic<Int>(0)
    private let batchCount = Atomic<Int>(0)
    private let refused = Mutex<[DropReason: Int]>([:])
    private let appendMillis = Mutex(Histogram(bounds: GatewayMetrics.appendBounds))

    /// Upper ends of the append latency's buckets, in milliseconds.
    package static let appendBounds: [Double] = [0.25, 0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]

    package init() {}

    /// The counters of one loop more.
    func newLoop() -> LoopCounts {
        let counts = LoopCounts()
        loops.withLock { $0.append(counts) }
        return counts
    }

    func countRefused(_ reason: DropReason, _ events: Int) {
        refused.withLock { $0[reason, default: 0] += events }
    }
    /// Events that were submitted and are durable, or are given up.
    func countFlushed(_ events: Int) { flushedEvents.add(events, ordering: .relaxed) }
    func countAppend(batches: Int, millis: Double) {
        batchCount.add(batches, ordering: .relaxed)
        appendMillis.withLock { $0.record(millis) }
    }

    /// The number of open connections after this one.
    func connectionOpened() -> Int { openConnections.add(1, ordering: .relaxed).newValue }
    var connections: Int { openConnections.load(ordering: .relaxed) }
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
        for loop in loops.withLock({ $0 }) {
            snapshot.requests += loop.requests.load(ordering: .relaxed)
            snapshot.received += loop.received.load(ordering: .relaxed)
            snapshot.accepted += loop.accepted.load(ordering: .relaxed)
            snapshot.duplicate += loop.duplicate.load(ordering: .relaxed)
            snapshot.conflict += loop.conflict.load(ordering: .relaxed)
            snapshot.inFlight += loop.submitted.load(ordering: .relaxed)
        }
        // A batch may be flushed a moment before its loop has counted it.
        snapshot.inFlight = max(0, snapshot.inFlight - flushedEvents.load(ordering: .relaxed))
        snapshot.refused = refused.withLock { $0 }
        snapshot.connections = connections
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
