// Blocking: where code may wait on a socket or a disk.
//
// Swift's cooperative pool has one thread a core; a libpq or hiredis call on it stalls every task of the process.
// A component that blocks is an actor whose `unownedExecutor` is its own `BlockingExecutor`.

internal import Dispatch

/// Runs an actor's jobs one after another on a serial queue of its own, where blocking is allowed.
///
/// One executor belongs to one actor: two actors on the same executor would wait for each other's sockets. A task that
/// mostly calls this actor may prefer it (`withTaskExecutorPreference`): then its calls cost no change of threads.
package final class BlockingExecutor: SerialExecutor, TaskExecutor {
    private let queue: DispatchQueue

    /// Makes a queue of its own; the label shows up in debuggers and crash reports.
    package init(label: String) {
        self.queue = DispatchQueue(label: label)
    }

    /// Runs the job after all jobs given before it.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.queue.async {
            unsafe job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
        }
    }

    /// Lets `assumeIsolated` succeed on this queue; stops the program elsewhere.
    package func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(self.queue))
    }
}
