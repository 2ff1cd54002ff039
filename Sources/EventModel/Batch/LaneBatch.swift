/// One encoded batch (see `EventBatchBuilder`) on its way into a lane's buffer or log.
package struct LaneBatch: Sendable, Equatable {
    /// The lane of all events in it.
    package let lane: Lane
    /// What `EventBatchBuilder.finish` made.
    package let bytes: [UInt8]

    /// Checks nothing.
    package init(lane: Lane, bytes: [UInt8]) {
        self.lane = lane
        self.bytes = bytes
    }
}

/// What became of one batch that was given to a sink.
package enum AppendOutcome: Sendable, Equatable {
    /// On disk: whoever sent the events may be answered 2xx.
    case durable
    /// The store did not answer, or said no; the batch may or may not be in it. Sending it again is safe, because
    /// events are idempotent.
    case unavailable(retryAfterSeconds: Int)
    /// The store's limit is reached and the batch is not in it.
    case full(retryAfterSeconds: Int)

    /// The batch is on disk.
    package var isDurable: Bool { self == .durable }
}
