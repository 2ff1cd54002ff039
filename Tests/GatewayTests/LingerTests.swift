import Gateway
import NIOPosix
import TestSupport
import Testing

/// The flusher waits a moment for more events, and goes on when they do not come.
@Suite struct LingerTests {
    @Test(.timeLimit(.minutes(1))) func `after a large batch a small one is written too, and then nothing`()
        async throws
    {
        let gateway = Harness.gateway(Harness.configuration(), clock: TestClock(Harness.now))
        let sink = MemorySink()
        let committer = GroupCommitter(
            gateway: gateway, sink: sink, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
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
            // A full one is there while it waits, or before it does.
            for start in stride(from: 201, to: 2201, by: 200) {
                send(start..<start + 200)
                while try sink.events().count < start + 200 { await Task.yield() }
            }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }
}
