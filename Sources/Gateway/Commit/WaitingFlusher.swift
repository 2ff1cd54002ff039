internal import Dispatch
internal import Synchronization

/// The flusher while it has nothing to do: a task while little happens, and its thread for the moment of a linger. That
/// is over in milliseconds and comes with every batch of a busy gateway, where a timer and a change of threads would
/// cost as much as the append.
enum WaitingFlusher: Sendable {
    case task(CheckedContinuation<Void, Never>)
    case thread(DispatchSemaphore)

    func wake() {
        switch self {
        case .task(let continuation): continuation.resume()
        case .thread(let semaphore): semaphore.signal()
        }
    }
}

extension CommitBuffer {
    /// Blocks until as much is pending as `policy` wants, until the linger is over, or until the end.
    func linger(_ policy: FlushPolicy) {
        let semaphore = DispatchSemaphore(value: 0)
        let isDue = state.withLock { state -> Bool in
            state.target = policy.target
            if state.isClosed || policy.isDue(pending: state.events) { return true }
            state.flusher = .thread(semaphore)
            return false
        }
        if isDue { return }
        guard semaphore.wait(timeout: .now() + .milliseconds(policy.lingerMillis)) == .timedOut else { return }
        // Somebody may have taken it at the last moment, and signals.
        if state.withLock({ $0.takeFlusher() }) == nil { semaphore.wait() }
    }

    /// Waits for the first event, a tick with something to write, or the end.
    func waitForWork() async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state -> Bool in
                state.target = 1
                if state.isClosed || state.events > 0 { return true }
                state.flusher = .task(continuation)
                return false
            }
            if isDue { continuation.resume() }
        }
    }
}
