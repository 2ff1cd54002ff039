internal import Dispatch
internal import Synchronization

/// The flusher while it has nothing to do: a task while little happens, and its thread for the moment of a linger. That
/// is over in milliseconds and comes with every batch of a busy gateway, where a timer and a change of threads would
/// cost as much as the append. A class: whoever submits looks at it under the lock, and what it holds is dear to copy.
final class WaitingFlusher: Sendable {
    enum Means: Sendable {
        case task(CheckedContinuation<Void, Never>)
        case thread(DispatchSemaphore)
    }

    private let means: Means

    init(_ means: Means) { self.means = means }

    func wake() {
        switch means {
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
            state.flusher = WaitingFlusher(.thread(semaphore))
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
                state.flusher = WaitingFlusher(.task(continuation))
                return false
            }
            if isDue { continuation.resume() }
        }
    }
}
