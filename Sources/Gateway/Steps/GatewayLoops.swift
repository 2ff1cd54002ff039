internal import EventModel
internal import NIOCore
internal import Synchronization

/// One worker for each event loop, made when the loop's first connection comes.
package final class GatewayLoops: Sendable {
    private struct Entry {
        let loop: any EventLoop
        let worker: NIOLoopBound<IngestWorker>
    }

    private let entries = Mutex<[Entry]>([])

    /// Loops are bits of a word in `CommitBuffer`.
    static let loopCountMax = 64

    init() {}

    /// The loop's worker; call it on the loop.
    func worker(for loop: any EventLoop, gateway: Gateway) -> IngestWorker {
        loop.preconditionInEventLoop()
        let found = entries.withLock { entries in entries.first { $0.loop === loop } }
        if let found { return found.worker.value }
        let index = entries.withLock { $0.count }
        precondition(index < Self.loopCountMax, "more event loops than the commit buffer has bits for")
        return entries.withLock { entries in
            let worker = IngestWorker(gateway: gateway, number: entries.count, loop: loop)
            entries.append(Entry(loop: loop, worker: NIOLoopBound(worker, eventLoop: loop)))
            return worker
        }
    }

    /// Tells the workers in `loops` what became of a generation.
    func complete(_ outcome: FlushOutcome, loops: UInt64) {
        let all = entries.withLock { $0 }
        for (index, entry) in all.enumerated() where loops & 1 << UInt64(index) != 0 {
            entry.loop.execute { entry.worker.value.complete(outcome) }
        }
    }
}
