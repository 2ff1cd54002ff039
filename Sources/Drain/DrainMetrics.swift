internal import EventLog
package import EventModel
internal import Synchronization

/// Counters of a drain, by lane; safe from any thread.
package final class DrainMetrics: Sendable {
    /// One lane's counters since the process started.
    package struct LaneCounters: Sendable, Equatable {
        /// New events appended.
        package var committed: Int64 = 0
        /// Repeats of events that are in the log.
        package var duplicate: Int64 = 0
        /// Events and damaged batches put aside.
        package var quarantined: Int64 = 0
        /// Refusals that gateways handed over.
        package var refused: Int64 = 0
        /// Transactions.
        package var appends: Int64 = 0
        /// Entries of the buffer taken in.
        package var entries: Int64 = 0
        /// Times that the buffer was found emptied or older than the log.
        package var resets: Int64 = 0
        /// Times that a store was away and the lane waited.
        package var failures: Int64 = 0
        /// Position of the lane's last event.
        package var head: Position = 0
        /// Age of the oldest entry that is waiting; 0 for none.
        package var lagSeconds: Double = 0
        /// This process holds the lane.
        package var isHeld = false
    }

    private struct State {
        var counters = LaneCounters()
        /// When the oldest waiting entry came into the buffer; Unix milliseconds.
        var waitingSince: Int64?
    }

    private let lanes = Mutex<[Lane: State]>([:])

    /// All zero.
    package init() {}

    /// All lanes' counters; the lag is as of `nowMillis`.
    package func snapshot(nowMillis: Int64) -> [Lane: LaneCounters] {
        lanes.withLock { lanes in
            lanes.mapValues { state in
                var counters = state.counters
                counters.lagSeconds = state.waitingSince.map { Double(max(0, nowMillis - $0)) / 1000 } ?? 0
                return counters
            }
        }
    }

    func change(_ lane: Lane, _ change: (inout LaneCounters) -> Void) {
        lanes.withLock { change(&$0[lane, default: State()].counters) }
    }

    func waiting(_ lane: Lane, since millis: Int64?) {
        lanes.withLock { $0[lane, default: State()].waitingSince = millis }
    }

    func appended(_ receipt: AppendReceipt, entries: Int) {
        change(receipt.lane) { counters in
            counters.committed += receipt.total.committed
            counters.duplicate += receipt.total.duplicate
            counters.quarantined += receipt.total.quarantined
            counters.refused += receipt.total.refused
            counters.appends += receipt.wasCommitted ? 0 : 1
            counters.entries += Int64(entries)
            counters.head = receipt.head
        }
    }
}
