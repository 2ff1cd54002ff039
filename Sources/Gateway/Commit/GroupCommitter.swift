package import Blocking
package import EventModel
package import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// The flusher: takes what all event loops have collected, appends it as batches, and answers. One append is in flight
/// at a time, so a lane's batches reach the sink in order; meanwhile the next generation fills.
package struct GroupCommitter<Sink: EventSink>: Service {
    private let buffer: CommitBuffer
    private let sink: Sink
    private let loops: GatewayLoops
    private let metrics: GatewayMetrics
    private let timers: any EventLoop
    private let executor: BlockingExecutor

    /// Refusals without events beside them are written this often.
    private static var tick: TimeAmount { .seconds(1) }

    /// A flusher for `gateway`; run exactly one. Its crash points are `gateway.append.before` and `.after`. It lingers on
    /// the `executor`; on the one on which the sink waits, a batch costs one change of threads instead of three.
    package init(
        gateway: Gateway, sink: Sink, eventLoopGroup: any EventLoopGroup,
        executor: BlockingExecutor = BlockingExecutor(label: "footfall.commit")
    ) {
        self.buffer = gateway.buffer
        self.sink = sink
        self.loops = gateway.loops
        self.metrics = gateway.metrics
        self.timers = eventLoopGroup.next()
        self.executor = executor
    }

    /// Flushes until shutdown, then whatever is left. With the stores away at the end, refusals that were counted and
    /// not yet written are given up: nobody waits for them, and waiting for the stores could take for ever.
    package func run() async throws {
        let buffer = self.buffer
        let tick = timers.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in buffer.tick() }
        defer { tick.cancel() }
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                await withTaskExecutorPreference(executor) { await flushUntilClosed() }
            } onCancel: {
                buffer.close()
            }
        } onGracefulShutdown: {
            buffer.close()
        }
    }

    private func flushUntilClosed() async {
        executor.checkIsolated()
        var policy = FlushPolicy()
        while true {
            if policy.isLingering { buffer.linger(policy) } else { await buffer.waitForWork() }
            guard let generation = buffer.state.withLock({ $0.take() }) else {
                if buffer.state.withLock({ $0.isClosed }) { return }
                policy = FlushPolicy()
                continue
            }
            let events = generation.events
            let isDurable = await flush(generation)
            if !isDurable, buffer.state.withLock({ $0.isClosed && $0.events == 0 }) { return }
            policy.flushed(events: events, pending: buffer.state.withLock { $0.events })
        }
    }

    /// False where some batch did not become durable.
    private func flush(_ generation: CommitBuffer.Generation) async -> Bool {
        var generation = generation
        let tallies = generation.lanes.mapValues(\.tallies)
        var batches: [LaneBatch] = []
        for lane in generation.lanes.keys.sorted() {
            batches += generation.lanes[lane]?.finish(lane: lane) ?? []
        }
        CrashPoint.pass("gateway.append.before")
        let start = ContinuousClock.now
        let outcomes = await sink.append(batches)
        CrashPoint.pass("gateway.append.after")
        metrics.countAppend(batches: batches.count, millis: (ContinuousClock.now - start) / .milliseconds(1))
        let outcome = FlushOutcome(generation, batches: batches, outcomes: outcomes)
        keepTallies(tallies, outcome)
        buffer.state.withLock { state in
            state.flyingEvents -= generation.events
            state.flyingBytes -= generation.bytes
        }
        metrics.countFlushed(generation.events)
        loops.complete(outcome, loops: generation.loops)
        return outcome.failures == nil
    }

    /// Refusals that were in a batch which did not become durable are written with a later one.
    private func keepTallies(_ tallies: [Lane: [LanePending.TallyKey: Int]], _ outcome: FlushOutcome) {
        guard let failures = outcome.failures else { return }
        for (lane, tallies) in tallies where failures[lane]?.first?.isDurable == false {
            for (key, count) in tallies { buffer.tally(key.reason, shop: key.shop, lane: lane, count: count) }
        }
    }
}

extension FlushOutcome {
    init(_ generation: CommitBuffer.Generation, batches: [LaneBatch], outcomes: [AppendOutcome]) {
        precondition(outcomes.count == batches.count, "a sink answers for each batch")
        self.generation = generation.id
        guard outcomes.contains(where: { !$0.isDurable }) else {
            self.failures = nil
            return
        }
        var failures: [Lane: [AppendOutcome]] = [:]
        for (batch, outcome) in zip(batches, outcomes) { failures[batch.lane, default: []].append(outcome) }
        self.failures = failures
    }
}
