/// When the next flush begins: at once while little happens, a moment later where that lets large batches fill.
///
/// Clients that wait for their answers send again right after them, so what has just been answered comes back within a
/// millisecond or two. Waiting for most of it merges two half-filled batches into one, for fewer fsyncs and less CPU an
/// event; waiting longer than `lingerMillis` would be latency for nothing.
struct FlushPolicy: Sendable, Equatable {
    /// Events that must be pending before the next flush begins.
    private(set) var target = 1
    /// The longest wait for them.
    private(set) var lingerMillis = Self.shortMillis

    /// What clients take to come back.
    private static let shortMillis = 3
    /// From `hugeBatch` on: so many events in a few milliseconds keep the processors busy, and most requests wait for
    /// their turn longer than this. The fewer flushes interrupt them, the sooner it comes.
    private static let longMillis = 8
    /// Batches below this are flushed without waiting.
    static let largeBatch = 24
    private static let hugeBatch = 64

    /// Takes note of a flush that has ended, with what arrived meanwhile.
    mutating func flushed(events: Int, pending: Int) {
        target = events < Self.largeBatch ? 1 : min(pending + events * 7 / 8, Self.targetMax)
        lingerMillis = events < Self.hugeBatch ? Self.shortMillis : Self.longMillis
    }

    /// True when the next flush waits for more than one event.
    var isLingering: Bool { target > 1 }

    /// True when it is time to flush without lingering on.
    func isDue(pending: Int) -> Bool { pending >= target }

    /// Above this a batch is large enough whatever comes.
    static let targetMax = 2_048
}
