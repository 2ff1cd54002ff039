internal import Blocking
package import EventModel
package import Pipelines
package import Privacy

/// Cleans, seals, compresses and appends events that Footfall itself makes; they are durable when `record` returns.
///
/// Recording the same events again is safe: the log knows them by their identity. Any task may call it; the work that
/// needs the processor runs one call after another on a queue of its own.
package actor EventRecorder {
    /// Events of one batch: one transaction of the log takes several of them.
    package static let batchEventsMax = 500
    /// A batch is closed when it has so many bytes; one event may be larger.
    package static let batchBytesMax = 1 << 20

    private let executor = BlockingExecutor(label: "footfall.recorder")
    private let sink: any EventSink
    private let keyring: SubjectKeyring
    private let sealer: OwnEventSealer

    /// A recorder into `sink`. `clock` gives the time in milliseconds.
    package init(
        sink: any EventSink, catalog: PipelineCatalog, dictionaries: PayloadDictionaries, keyring: SubjectKeyring,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.sink = sink
        self.keyring = keyring
        sealer = OwnEventSealer(
            pipeline: catalog.webhook, dictionaries: dictionaries, keyring: keyring, clock: clock)
    }

    /// Its own queue, because sealing a batch takes tens of milliseconds.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Records `events` and says of each what became of it, in their order. Refused ones are counted in the log's
    /// accounting of the shop. Throws when a store does not take them; what was taken before that stays taken.
    @discardableResult
    package func record(
        _ events: [OwnEvent], for shop: RecordedShop
    ) async throws(RecorderError) -> [RecordOutcome] {
        var outcomes: [RecordOutcome] = []
        outcomes.reserveCapacity(events.count)
        var next = 0
        while next < events.count {
            let batch = sealer.seal(events, from: next, for: shop)
            try Self.check(await sink.append([LaneBatch(lane: shop.lane, bytes: batch.bytes)]))
            for grant in batch.grants { keyring.confirm(grant) }
            outcomes += batch.outcomes
            next += batch.outcomes.count
        }
        return outcomes
    }

    private static func check(_ outcomes: [AppendOutcome]) throws(RecorderError) {
        for outcome in outcomes {
            switch outcome {
            case .durable: continue
            case .unavailable(let seconds): throw RecorderError(.unavailable, retryAfterSeconds: seconds)
            case .full(let seconds): throw RecorderError(.full, retryAfterSeconds: seconds)
            }
        }
    }
}

/// What became of one own event.
package enum RecordOutcome: Sendable, Equatable {
    /// Durable: a new event, or a repeat that the log will find to be one.
    case recorded
    /// Not stored, and counted.
    case refused(DropReason)
}
