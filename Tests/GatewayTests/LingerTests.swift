import Dispatch
import EventModel
import Gateway
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// The flusher waits a moment for more events, and the moment may be over before the flusher waits.
@Suite struct LingerTests {
    /// A loop on which short times are over at once: what is scheduled runs before the caller goes on.
    private final class HastyLoop: EventLoopGroup, EventLoop {
        private let loop = MultiThreadedEventLoopGroup.singleton.next()

        var inEventLoop: Bool { loop.inEventLoop }
        func next() -> any EventLoop { self }
        func makeIterator() -> EventLoopIterator { EventLoopIterator([self]) }
        func execute(_ task: @escaping @Sendable () -> Void) { loop.execute(task) }
        func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
            queue.async { callback(nil) }
        }

        func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
            loop.scheduleTask(deadline: deadline, task)
        }

        func scheduleTask<T>(in time: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
            guard time < .milliseconds(100) else { return loop.scheduleTask(in: .hours(1), task) }
            let isOver = DispatchSemaphore(value: 0)
            let scheduled = loop.scheduleTask(in: .zero) {
                defer { isOver.signal() }
                return try task()
            }
            isOver.wait()
            return scheduled
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a linger that is over before it is waited for ends`() async throws {
        let gateway = Harness.gateway(Harness.configuration(), clock: TestClock(Harness.now))
        let sink = MemorySink()
        let committer = GroupCommitter(gateway: gateway, sink: sink, eventLoopGroup: HastyLoop())
        let worker = IngestWorker(gateway: gateway, number: 0)
        func send(_ range: Range<Int>) {
            let request = IngestRequest(method: .post, route: .pixel(account: Harness.account))
            let body = Array("[\(range.map { event(id: "\($0)") }.joined(separator: ","))]".utf8)
            let decision = worker.accept(request, body: body.span, receiver: ClosureReceiver { _, _ in }, slot: 0)
            if case .waiting = decision { return }
            Issue.record("\(decision)")
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await committer.run() }
            // A large batch: the flusher waits for most of another before it writes the next.
            send(0..<200)
            while try sink.events().count < 200 { await Task.yield() }
            send(200..<201)
            while try sink.events().count < 201 { await Task.yield() }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }
}
