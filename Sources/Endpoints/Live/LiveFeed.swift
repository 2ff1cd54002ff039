internal import Blocking
package import EventModel
package import Postgres
internal import ServiceLifecycle
internal import Synchronization

/// Wakes whoever waits for the read models to move on, within milliseconds of their commit.
///
/// Runs as a service: it listens for `footfall_projection` with the payload `<lane>:<position>`. While the database is
/// away nobody is woken before the deadline, so a waiter always looks again in time.
package final class LiveFeed: Service {
    /// What ended a wait.
    package enum Wake: Sendable, Equatable {
        /// The lane has come further.
        case moved
        /// The time was over.
        case deadline
        /// The service ends.
        case ended
    }

    fileprivate struct Waiter {
        var lane: Lane
        var after: Position
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Wake, Never>
    }

    fileprivate struct State {
        var positions: [Lane: Position] = [:]
        var waiters: [Int: Waiter] = [:]
        /// Tickets on their way to wait, and those of them whose task was cancelled meanwhile.
        var pending: Set<Int> = []
        var cancelled: Set<Int> = []
        var next = 0
        var isEnded = false
    }

    static let channel = "footfall_projection"
    /// A quiet listener comes back this often, to see deadlines and the end.
    private static let waitMillis = 250
    private static let retryMillis = 1_000

    private let listener: Listener
    private let state = Mutex(State())

    /// Connects when it runs.
    package init(_ configuration: PostgresConfiguration) {
        self.listener = Listener(configuration)
    }

    /// Listens until graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled { await self.listen() }
        }
        end()
    }

    private func listen() async {
        do {
            for payload in try await listener.payloads(waitMillis: Self.waitMillis) { take(payload) }
        } catch {
            // The next call connects again; until then waiters live on their deadlines.
            try? await Task.sleep(for: .milliseconds(Self.retryMillis))
        }
        expire(now: .now)
    }

    /// Waits until a projection of the lane is beyond `position`, or the deadline.
    package func next(
        _ lane: Lane, after position: Position, deadline: ContinuousClock.Instant
    ) async -> Wake {
        let ticket = state.withLock { state in
            state.next += 1
            state.pending.insert(state.next)
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(lane: lane, after: position, deadline: deadline, continuation: continuation)
                if let wake = state.withLock({ $0.add(ticket, waiter) }) { continuation.resume(returning: wake) }
            }
        } onCancel: {
            state.withLock { $0.cancel(ticket) }?.resume(returning: .ended)
        }
    }

    /// Notes what a notification said and wakes whom it concerns.
    func take(_ payload: String) {
        let parts = payload.split(separator: ":")
        guard parts.count == 2, let lane = Lane(parts[0]), let position = Position(parts[1]) else { return }
        state.withLock { $0.move(lane, to: position) }.forEach { $0.resume(returning: .moved) }
    }

    private func expire(now: ContinuousClock.Instant) {
        state.withLock { state in state.take { $0.deadline <= now } }.forEach { $0.resume(returning: .deadline) }
    }

    private func end() {
        let waiting = state.withLock { state in
            state.isEnded = true
            return state.take { _ in true }
        }
        waiting.forEach { $0.resume(returning: .ended) }
    }
}

extension LiveFeed.State {
    /// The answer where there is one already; else the waiter waits.
    fileprivate mutating func add(_ ticket: Int, _ waiter: LiveFeed.Waiter) -> LiveFeed.Wake? {
        pending.remove(ticket)
        if cancelled.remove(ticket) != nil || isEnded { return .ended }
        if positions[waiter.lane, default: -1] > waiter.after { return .moved }
        waiters[ticket] = waiter
        return nil
    }

    fileprivate mutating func cancel(_ ticket: Int) -> CheckedContinuation<LiveFeed.Wake, Never>? {
        guard let waiter = waiters.removeValue(forKey: ticket) else {
            if pending.contains(ticket) { cancelled.insert(ticket) }
            return nil
        }
        return waiter.continuation
    }

    fileprivate mutating func move(_ lane: Lane, to position: Position) -> [CheckedContinuation<LiveFeed.Wake, Never>] {
        positions[lane] = max(position, positions[lane, default: -1])
        return take { $0.lane == lane && $0.after < position }
    }

    fileprivate mutating func take(
        _ isWoken: (LiveFeed.Waiter) -> Bool
    ) -> [CheckedContinuation<LiveFeed.Wake, Never>] {
        let woken = waiters.filter { isWoken($0.value) }
        for ticket in woken.keys { waiters[ticket] = nil }
        return woken.values.map(\.continuation)
    }
}

/// The connection that listens.
private actor Listener {
    private let executor = BlockingExecutor(label: "live")
    private let connection: PostgresConnection

    init(_ configuration: PostgresConfiguration) {
        self.connection = PostgresConnection(configuration)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    func payloads(waitMillis: Int) throws -> [String] {
        try connection.listen(to: [LiveFeed.channel])
        return try connection.notifications(waitMillis: waitMillis).map(\.payload)
    }
}
