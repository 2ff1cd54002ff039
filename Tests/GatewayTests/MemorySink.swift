import EventModel
import Gateway
import Synchronization

/// Keeps what it is given, and answers as it is told.
final class MemorySink: EventSink {
    private struct State {
        var batches: [LaneBatch] = []
        var outcome: AppendOutcome = .durable
        var isHeld = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func append(_ batches: [LaneBatch]) async -> [AppendOutcome] {
        await withCheckedContinuation { continuation in
            state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard state.isHeld else { return continuation }
                state.waiting = continuation
                return nil
            }?.resume()
        }
        return state.withLock { state in
            if state.outcome == .durable { state.batches += batches }
            return batches.map { _ in state.outcome }
        }
    }

    /// Lets nothing become durable until `release`.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        state.withLock { state in
            state.isHeld = false
            defer { state.waiting = nil }
            return state.waiting
        }?.resume()
    }

    func answer(_ outcome: AppendOutcome) { state.withLock { $0.outcome = outcome } }

    var batches: [LaneBatch] { state.withLock { $0.batches } }

    /// All events so far, opened.
    func events() throws -> [StoredEvent] {
        let opener = PayloadDecompressor(.none)
        return try batches.flatMap { batch in
            let decoded = try EventBatch(batch.bytes)
            return try decoded.records.enumerated().map { index, view in
                let record = view.copy(from: decoded.bytes)
                var payload: [UInt8] = []
                try opener.open(record.payload.span, dictionary: record.header.dictionary, into: &payload)
                let aliases = decoded.aliases.filter { Int($0.event) == index }.map(\.alias)
                return StoredEvent(
                    lane: batch.lane, record: record, payload: String(decoding: payload, as: UTF8.self),
                    aliases: aliases)
            }
        }
    }

    /// Refusals that the batches account for.
    func tallies() throws -> [DropReason: Int] {
        var counts: [DropReason: Int] = [:]
        for batch in batches {
            for tally in try EventBatch(batch.bytes).tallies { counts[tally.reason, default: 0] += Int(tally.count) }
        }
        return counts
    }

    var bytes: [UInt8] { batches.flatMap(\.bytes) }
}

struct StoredEvent {
    let lane: Lane
    let record: EventRecord
    let payload: String
    let aliases: [Key128]
}
