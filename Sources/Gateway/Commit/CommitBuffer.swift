internal import EventModel
internal import Synchronization

/// Collects encoded events of all event loops into lanes, and hands them to the flusher in generations.
///
/// An event loop appends under a lock held for the time of a copy. It is told about the outcome once a generation, not
/// once a request: the flusher calls each loop's `LoopWaiters` that took part.
package final class CommitBuffer: Sendable {
    /// What one flush takes, and the receipt that waits for it.
    struct Ticket: Sendable, Equatable {
        let generation: UInt64
        let lane: Lane
        let batches: ClosedRange<Int>
    }

    struct Generation: Sendable {
        let id: UInt64
        var lanes: [Lane: LanePending]
        let loops: UInt64
        let events: Int
        let bytes: Int
    }

    struct State {
        var lanes: [Lane: LanePending] = [:]
        var generation: UInt64 = 1
        var loops: UInt64 = 0
        var events = 0
        var bytes = 0
        /// Taken by the flusher and not yet durable.
        var flyingEvents = 0
        var flyingBytes = 0
        var isClosed = false
        /// The flusher, while it waits for this many events.
        var flusher: WaitingFlusher?
        var target = 1
        var hasTallies = false
    }

    let state = Mutex(State())
    private let limits: GatewayLimits

    package init(limits: GatewayLimits) { self.limits = limits }

    /// Adds a request's events to its lane; nil when there is no room or the gateway shuts down. `loop` is the number
    /// of the event loop that has to be told.
    func submit(_ staged: borrowing StagedEvents, lane: Lane, loop: Int) -> Ticket? {
        let bytes = staged.bytes.count
        let count = staged.count
        let (ticket, flusher) = state.withLock { state -> (Ticket?, WaitingFlusher?) in
            guard !state.isClosed, state.events + state.flyingEvents + count <= limits.pendingEventsMax,
                state.bytes + state.flyingBytes + bytes <= limits.pendingBytesMax
            else { return (nil, nil) }
            let batches = state.lanes[lane, default: LanePending()].append(staged)
            state.loops |= 1 << UInt64(loop)
            state.events += count
            state.bytes += bytes
            let ticket = Ticket(generation: state.generation, lane: lane, batches: batches)
            return (ticket, state.events >= state.target ? state.takeFlusher() : nil)
        }
        flusher?.wake()
        return ticket
    }

    /// Notes refused events of a shop; they travel with the lane's next batch, at the latest with the next tick.
    func tally(_ reason: DropReason, shop: ShopID, lane: Lane, count: Int) {
        state.withLock { state in
            state.lanes[lane, default: LanePending()].tally(.init(shop: shop, reason: reason), count)
            state.hasTallies = true
        }
    }

    /// No more submissions; the flusher ends when all is flushed.
    func close() {
        state.withLock { state in
            state.isClosed = true
            return state.takeFlusher()
        }?.wake()
    }

    /// Wakes the flusher if there is anything to write, refusals included.
    func tick() {
        state.withLock { state in
            state.hasTallies || state.events > 0 ? state.takeFlusher() : nil
        }?.wake()
    }
}

extension CommitBuffer.State {
    /// The flusher, if it waits; whoever takes it wakes it.
    mutating func takeFlusher() -> WaitingFlusher? {
        defer { flusher = nil }
        return flusher
    }

    /// Everything pending, as one generation; nil when there is nothing.
    mutating func take() -> CommitBuffer.Generation? {
        guard events > 0 || hasTallies else { return nil }
        let taken = CommitBuffer.Generation(id: generation, lanes: lanes, loops: loops, events: events, bytes: bytes)
        lanes = [:]
        loops = 0
        flyingEvents += events
        flyingBytes += bytes
        events = 0
        bytes = 0
        hasTallies = false
        generation += 1
        return taken
    }
}
