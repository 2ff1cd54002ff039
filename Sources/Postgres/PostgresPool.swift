internal import Synchronization

/// A few sessions shared by many callers, first come, first served.
///
/// A caller that finds none free waits, without blocking a thread; one that finds too many waiting before it gets an
/// error at once. Session state (locks, LISTEN, SET) does not belong into a pool.
package final class PostgresPool: Sendable {
    /// More callers than this behind one session would wait longer than any of them is willing to.
    package static let waitersMaxPerSession = 256

    private let sessions: [PostgresSession]
    private let state: Mutex<State>

    /// Connects each session at its first use.
    package init(_ configuration: PostgresConfiguration, size: Int) {
        precondition(size > 0, "a pool needs a session")
        self.sessions = (0..<size).map { PostgresSession(configuration, label: "postgres.pool.\($0)") }
        self.state = Mutex(State(free: Array((0..<size).reversed()), waitersMax: size * Self.waitersMaxPerSession))
    }

    /// Lends a session for one whole piece of synchronous work; a transaction left open is rolled back.
    package func run<R: Sendable>(_ body: @Sendable (PostgresConnection) throws -> R) async throws -> R {
        let index = try await claim()
        defer { release(index) }
        return try await sessions[index].runApart(body)
    }

    /// Ends all sessions, each after the work it is doing; they would be made again by a later use.
    package func close() async {
        for session in sessions { await session.close() }
    }

    private func claim() async throws -> Int {
        let ticket = state.withLock { $0.nextTicket() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0.claim(ticket, continuation) }
            }
        } onCancel: {
            state.withLock { $0.cancel(ticket) }
        }
    }

    private func release(_ index: Int) {
        state.withLock { $0.release(index) }
    }
}

/// Who has and who waits. Resuming a continuation under the lock is fine: it only schedules.
private struct State {
    typealias Continuation = CheckedContinuation<Int, any Error>

    var free: [Int]
    let waitersMax: Int
    private var waiters: [(ticket: Int, continuation: Continuation)] = []
    /// Tickets on their way to `claim`, and those of them whose task was cancelled meanwhile.
    private var pending: Set<Int> = []
    private var cancelled: Set<Int> = []
    private var ticket = 0

    init(free: [Int], waitersMax: Int) {
        self.free = free
        self.waitersMax = waitersMax
    }

    mutating func nextTicket() -> Int {
        ticket += 1
        pending.insert(ticket)
        return ticket
    }

    mutating func claim(_ ticket: Int, _ continuation: Continuation) {
        pending.remove(ticket)
        if cancelled.remove(ticket) != nil {
            continuation.resume(throwing: CancellationError())
        } else if let index = free.popLast() {
            continuation.resume(returning: index)
        } else if waiters.count >= waitersMax {
            continuation.resume(throwing: PostgresError(.overloaded, "\(waiters.count) callers wait for a session"))
        } else {
            waiters.append((ticket, continuation))
        }
    }

    /// A ticket cancelled before its claim is remembered until then; after its claim was served it means nothing.
    mutating func cancel(_ ticket: Int) {
        if pending.contains(ticket) {
            cancelled.insert(ticket)
        } else if let index = waiters.firstIndex(where: { $0.ticket == ticket }) {
            waiters.remove(at: index).continuation.resume(throwing: CancellationError())
        }
    }

    mutating func release(_ index: Int) {
        if waiters.isEmpty {
            free.append(index)
        } else {
            waiters.removeFirst().continuation.resume(returning: index)
        }
    }
}
