package import EventModel

/// How many events of a lane one writer was told are in the buffer.
package struct AnsweredCount: Sendable, Equatable {
    /// The lane.
    package let lane: Lane
    /// Names the run of appends; see `WriterStamp`.
    package let writer: Key128
    /// Events and refusals; only grows.
    package let events: Int64

    /// Counts events.
    package init(lane: Lane, writer: Key128, events: Int64) {
        self.lane = lane
        self.writer = writer
        self.events = events
    }
}

/// Counts what the buffer has answered for, and numbers what is written next. A value without I/O.
struct WriterTally {
    private struct Slot: Hashable {
        let lane: Lane
        let writer: Key128
    }

    /// Each failed append between two answered ones begins a writer. So many are kept until somebody has noted them; beyond
    /// that the last one goes on, and a loss beside an append of unknown outcome may be counted too small.
    private static let unnotedMax = 1000

    private var writer = Key128.random()
    private var answered: [Lane: Int64] = [:]
    private var unnoted: [Slot: Int64] = [:]

    /// One for each batch, in order, as long as none of them is answered.
    func stamps(_ batches: some Sequence<LaneBatch>) -> [WriterStamp] {
        var through = answered
        return batches.map { batch in
            through[batch.lane, default: 0] += EventBatch.receivedCount(batch.bytes)
            return WriterStamp(
                writer: writer, before: answered[batch.lane] ?? 0, through: through[batch.lane] ?? 0)
        }
    }

    /// The buffer has this batch.
    mutating func didAnswer(_ batch: LaneBatch) {
        answered[batch.lane, default: 0] += EventBatch.receivedCount(batch.bytes)
        unnoted[Slot(lane: batch.lane, writer: writer)] = answered[batch.lane]
    }

    /// Whether the buffer has what was written last is not known.
    mutating func renew() {
        guard unnoted.count < Self.unnotedMax else { return }
        writer = .random()
        answered.removeAll()
    }

    /// What has changed since it was noted last.
    var changes: [AnsweredCount] {
        unnoted.map { AnsweredCount(lane: $0.key.lane, writer: $0.key.writer, events: $0.value) }
    }

    /// Somebody keeps these counts now.
    mutating func didNote(_ counts: [AnsweredCount]) {
        for count in counts {
            let slot = Slot(lane: count.lane, writer: count.writer)
            if unnoted[slot] == count.events { unnoted[slot] = nil }
        }
    }
}

extension Key128 {
    /// Any of them, by the system's randomness.
    static func random() -> Key128 {
        var generator = SystemRandomNumberGenerator()
        return Key128(high: generator.next(), low: generator.next())
    }
}
