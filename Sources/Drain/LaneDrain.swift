internal import EventLog
internal import EventModel
internal import Logging
internal import StreamBuffer

/// Drains one lane until its task is cancelled: holds the lane, reads, appends, and where a store is away waits and
/// starts over from what the log says.
struct LaneDrain {
    /// From the beginning of one append to the next one's, unless a full portion waits: what comes meanwhile is one
    /// transaction here and one batch in the projector, each of which costs as much as some hundred events. Less than
    /// half of the 250 ms in which an event is to be seen; after a quiet time an event is appended at once.
    private static let pace = Duration.milliseconds(100)
    /// After a portion that was not worth that: several lanes that share what one could take would cost half as much
    /// again. It leaves an append and a projection, some 20 ms together, room within the 250 ms.
    private static let paceOfFew = Duration.milliseconds(175)
    /// Events of a portion that is worth its transactions.
    private static let few = 300
    /// A read of an empty buffer waits this long, so that the end of the process is prompt; an append ends the wait.
    static let blockMillis = 250
    /// Between two tries for a lane that another drain holds.
    static let takeoverInterval = Duration.milliseconds(250)
    /// Another appender makes the recent identities useless; while it goes on, they are not loaded again each time.
    static let reloadInterval = Duration.seconds(1)

    let lane: Lane
    let feed: LaneFeed
    let log: LaneLog
    let joint: JointLog
    let metrics: DrainMetrics
    let logger: Logger

    init(lane: Lane, _ configuration: DrainConfiguration, joint: JointLog, metrics: DrainMetrics, logger: Logger) {
        self.lane = lane
        self.joint = joint
        self.metrics = metrics
        self.logger = logger
        self.feed = LaneFeed(lane: lane, configuration, metrics: metrics, logger: logger)
        self.log = LaneLog(lane: lane, configuration.postgres)
    }

    /// Returns when the task is cancelled, with everything committed that was begun.
    func run() async {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                guard try await log.acquire() else {
                    try await Task.sleep(for: Self.takeoverInterval)
                    continue
                }
                metrics.change(lane) { $0.isHeld = true }
                try await drain(&backoff)
            } catch is CancellationError {
                break
            } catch {
                await pause(after: error, &backoff)
            }
        }
        await feed.finish()
        await log.release()
        metrics.change(lane) { $0.isHeld = false }
    }

    private func pause(after error: any Error, _ backoff: inout Backoff) async {
        metrics.change(lane) { counters in
            counters.failures += 1
            counters.isHeld = false
        }
        logger.warning("lane waits", metadata: ["lane": "\(lane)", "error": "\(error)"])
        await feed.noteWaiting()
        // Cancelled: the loop ends by itself.
        try? await Task.sleep(for: backoff.next())
    }

    /// Appends portion after portion. While one is being committed the next is read and planned, if there is one.
    private func drain(_ backoff: inout Backoff) async throws {
        let start = try await log.loadWindow()
        await feed.start(start.window, head: start.head)
        metrics.change(lane) { $0.head = start.head.position }
        var loadedAt = ContinuousClock.now
        var waiting: LaneFeed.Portion?
        while !Task.isCancelled {
            var current = waiting
            waiting = nil
            if current == nil { current = try await next(&loadedAt) }
            guard let current else { continue }
            let readsAhead = current.isFull
            let feed = feed
            let begun = ContinuousClock.now
            async let ahead = readsAhead ? feed.next(blockMillis: 0) : nil
            let receipt = try await append(current)
            await feed.didAppend(receipt, entries: current.plan.entryCount)
            metrics.appended(receipt, entries: current.plan.entryCount)
            waiting = try await ahead
            backoff.reset()
            if !current.isFull {
                // Cancelled: the loop sees it.
                try? await Task.sleep(until: Self.next(after: begun, events: current.plan.eventCount))
            }
        }
        if let waiting { try await finish(waiting) }
    }

    /// A small portion with those of other lanes, if that can be.
    private func append(_ portion: LaneFeed.Portion) async throws -> AppendReceipt {
        if !portion.isFull, let receipt = await joint.append(portion.plan) { return receipt }
        return try await log.append(portion.plan)
    }

    /// When the append after one of so many events, begun then, begins: at the next beat of its pace, which all lanes of
    /// the process share, so that they append together.
    static func next(after begun: ContinuousClock.Instant, events: Int) -> ContinuousClock.Instant {
        let pace = pace(after: events)
        return origin + pace * (Int((begun - origin) / pace) + 1)
    }

    private static let origin = ContinuousClock.now

    /// From one beat to the next after an append of so many events.
    static func pace(after events: Int) -> Duration { events < few ? paceOfFew : pace }

    /// The next portion, with recent identities loaded anew where they have become useless; no plan is on its way here.
    private func next(_ loadedAt: inout ContinuousClock.Instant) async throws -> LaneFeed.Portion? {
        if await feed.wantsWindow, ContinuousClock.now - loadedAt >= Self.reloadInterval {
            let loaded = try await log.loadWindow()
            await feed.adopt(loaded.window, head: loaded.head)
            loadedAt = ContinuousClock.now
        }
        return try await feed.next(blockMillis: Self.blockMillis)
    }

    /// What was read ahead when the end came.
    private func finish(_ portion: LaneFeed.Portion) async throws {
        let receipt = try await log.append(portion.plan)
        await feed.didAppend(receipt, entries: portion.plan.entryCount)
        metrics.appended(receipt, entries: portion.plan.entryCount)
    }
}
