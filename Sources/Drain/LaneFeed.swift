internal import Blocking
internal import EventLog
internal import EventModel
internal import Logging
internal import Redis
internal import StreamBuffer

/// The reading half of a lane: takes entries from the buffer and makes plans of them, while the writing half's
/// transaction runs. Owns the connection to Redis and the planner's memory of recent identities.
actor LaneFeed {
    /// A plan and whether more is waiting behind it.
    struct Portion: Sendable {
        let plan: AppendPlan
        let isFull: Bool
    }

    private let executor: BlockingExecutor
    private let reader: StreamReader
    private let formerLanes: @Sendable () -> [ShopID: [Lane]]
    private let metrics: DrainMetrics
    private let logger: Logger
    private var planner: AppendPlanner
    private var incarnation: Key128?

    init(lane: Lane, _ configuration: DrainConfiguration, metrics: DrainMetrics, logger: Logger) {
        self.executor = BlockingExecutor(label: "footfall.drain.\(lane).feed")
        self.reader = StreamReader(lane: lane, redis: RedisConnection(configuration.redis))
        self.formerLanes = configuration.formerLanes
        self.planner = AppendPlanner(lane: lane)
        self.metrics = metrics
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Lookups of recent identities would be spared by a window.
    var wantsWindow: Bool { planner.wantsWindow }

    /// Begins after what the log has taken in.
    func start(_ window: KeyWindow, head: LogHead) {
        planner.adopt(window, head: head)
        incarnation = head.cursor?.incarnation
        reader.seek(
            to: head.cursor.map { cursor in
                let place = cursor.place
                return (
                    cursor.incarnation,
                    StreamEntryID(
                        millis: UInt64(bitPattern: place.millis), sequence: UInt64(bitPattern: place.sequence))
                )
            })
    }

    /// Uses a window again. No plan may be on its way.
    func adopt(_ window: KeyWindow, head: LogHead) { planner.adopt(window, head: head) }

    /// The next entries as a plan; nil where there is none within `blockMillis`.
    func next(blockMillis: Int) throws(RedisError) -> Portion? {
        try reader.trim(now: false)
        let page = try reader.read(blockMillis: blockMillis)
        incarnation = page.incarnation
        if let reset = page.reset { report(reset) }
        guard let first = page.entries.first else {
            try reader.trim(now: true)
            metrics.waiting(reader.lane, since: nil)
            return nil
        }
        metrics.waiting(reader.lane, since: Int64(bitPattern: first.id.millis))
        planner.formerLanes = formerLanes()
        let entries = page.entries.map { entry in
            AppendEntry(
                place: StreamPlace(
                    millis: Int64(bitPattern: entry.id.millis), sequence: Int64(bitPattern: entry.id.sequence)),
                bytes: entry.bytes, stamp: entry.stamp)
        }
        return Portion(plan: planner.plan(entries, incarnation: page.incarnation), isFull: page.isFull)
    }

    /// The log has committed a plan's entries: the next `next` may trim them.
    func didAppend(_ receipt: AppendReceipt, entries: Int) {
        planner.didAppend(receipt)
        guard let cursor = receipt.cursor, cursor.incarnation == incarnation else { return }
        reader.didCommit(
            through: StreamEntryID(
                millis: UInt64(bitPattern: cursor.place.millis), sequence: UInt64(bitPattern: cursor.place.sequence)),
            entries: entries)
    }

    /// Trims what is committed, before the process ends. Best effort: the next drain trims as well.
    func finish() {
        do {
            try reader.trim(now: true)
        } catch {
            logger.debug("not trimmed at the end", metadata: ["error": "\(error)"])
        }
    }

    /// Notes since when the oldest entry waits that the log has not taken in, while the log cannot be asked.
    func noteWaiting() {
        do {
            let oldest = try reader.oldestWaiting()
            metrics.waiting(reader.lane, since: oldest.map { Int64(bitPattern: $0.millis) })
        } catch {
            logger.debug("buffer away as well", metadata: ["error": "\(error)"])
        }
    }

    private func report(_ reset: StreamReader.Reset) {
        metrics.change(reader.lane) { $0.resets += 1 }
        logger.error(
            "the buffer is not the one the log has read from; reading it from its beginning",
            metadata: ["lane": "\(reader.lane)", "found": "\(reset.rawValue)"])
    }
}
