internal import Glibc
internal import Synchronization

/// The stores' processes as every thread may see them: the actor may be waiting for an answer of one of them just when it
/// is to end.
final class StoreProcesses: Sendable {
    private struct State {
        var processes: [PrivateStores.Store: ChildProcess] = [:]
        var isEnding = false
    }

    private let state = Mutex(State())

    /// From now on processes may be started.
    func open() { state.withLock { $0.isEnding = false } }

    /// Throws once the end has begun: what were started then would be left behind.
    func checkOpen() throws {
        guard !state.withLock(\.isEnding) else { throw PrivateStoresError(.notReady, "the stores are being stopped") }
    }

    /// Takes note of a store's process; where the end has begun meanwhile it is killed.
    func note(_ process: ChildProcess?, of store: PrivateStores.Store) {
        let isLate = state.withLock { state in
            state.processes[store] = process
            return state.isEnding
        }
        if isLate { process.map(Self.killAll) }
    }

    /// Asks both to end, Postgres by its fast shutdown: sessions are ended, the log is flushed, and the next start needs no
    /// recovery. Redis writes and syncs its file. Nothing is started any more.
    func requestStop() {
        for (store, process) in end() { process.signal(store == .postgres ? SIGINT : SIGTERM) }
    }

    /// Kills both with all that they have started, also where they stand still; the next start recovers what they had
    /// answered. Nothing is started any more. Returns those that still lived.
    @discardableResult
    func kill() -> [PrivateStores.Store] {
        let living = end().filter(\.value.isAlive)
        for process in living.values { Self.killAll(process) }
        return living.keys.sorted { $0.rawValue < $1.rawValue }
    }

    /// They are nobody's concern here any more.
    func forget() { state.withLock { $0.processes = [:] } }

    /// Kills a process and its children, which would otherwise go on, or stand still, without it.
    static func killAll(_ process: ChildProcess) {
        for each in [process] + process.children() { each.signal(SIGKILL) }
    }

    private func end() -> [PrivateStores.Store: ChildProcess] {
        state.withLock { state in
            state.isEnding = true
            return state.processes
        }
    }
}
