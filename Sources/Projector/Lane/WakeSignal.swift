internal import Synchronization

/// Lets one task sleep until there may be work. A signal given while nobody waits is kept, so none is lost.
final class WakeSignal: Sendable {
    private enum State {
        case quiet
        case signalled
        case waiting(CheckedContinuation<Void, Never>)
        case closed
    }

    private let state = Mutex(State.quiet)

    /// Wakes the waiting task, or makes its next wait return at once. Costs a lock.
    func signal() { change(to: .signalled) }

    /// Returns at the next signal; at once after one was given, or after cancellation. One task at a time.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    switch state {
                    case .signalled:
                        state = .quiet
                        return true
                    case .closed: return true
                    case .quiet, .waiting:
                        state = .waiting(continuation)
                        return false
                    }
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            change(to: .closed)
        }
    }

    private func change(to next: State) {
        let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
            switch state {
            case .closed: return nil
            case .waiting(let continuation):
                if case .closed = next { state = .closed } else { state = .quiet }
                return continuation
            case .quiet, .signalled:
                state = next
                return nil
            }
        }
        waiting?.resume()
    }
}
