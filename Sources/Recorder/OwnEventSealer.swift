internal import Cryptography
internal import EventModel
internal import Pipelines
internal import Privacy

/// Turns own events into batches: the steps that the gateway takes with a webhook. Belongs to one thread at a time.
final class OwnEventSealer {
    /// One finished batch and the events it was made of, refused ones included.
    struct Batch {
        let bytes: [UInt8]
        let grants: [SubjectKeyGrant]
        let outcomes: [RecordOutcome]
    }

    /// Clocks differ; what lies further ahead is clamped, as at the gateway.
    private static let aheadMillisMax: Int64 = 5 * 60_000
    /// Shops whose contexts are kept (some 5 KB each): an import runs for a few at a time.
    private static let contextsMax = 64

    private let pipeline: SourcePipeline
    private let cleaner: EventCleaner
    private let clock: @Sendable () -> Int64
    private var compressor: PayloadCompressor
    private var scanner = JSONScanner()
    private var clean = CleanEvent()
    private var fields = EventFields()
    private var record: [UInt8] = []
    private var builder = EventBatchBuilder()
    private var contexts: [ShopID: ShopContext] = [:]

    init(
        pipeline: SourcePipeline, dictionaries: PayloadDictionaries, keyring: SubjectKeyring,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.pipeline = pipeline
        self.clock = clock
        cleaner = EventCleaner(pipeline: pipeline, subjects: keyring, visits: DailyVisits())
        compressor = PayloadCompressor(dictionaries)
    }

    /// The next batch of `events`, beginning at `start`.
    func seal(_ events: [OwnEvent], from start: Int, for shop: RecordedShop) -> Batch {
        let context = context(of: shop)
        let nowMillis = clock()
        var outcomes: [RecordOutcome] = []
        var grants: [SubjectKeyGrant] = []
        var refused: [DropReason: UInt32] = [:]
        for event in events[start...] {
            if builder.eventCount == EventRecorder.batchEventsMax || builder.byteCount >= EventRecorder.batchBytesMax
                || outcomes.count == EventBatchBuilder.countMax
            {
                break
            }
            if let reason = add(event, context, nowMillis, &grants) {
                refused[reason, default: 0] += 1
                outcomes.append(.refused(reason))
            } else {
                outcomes.append(.recorded)
            }
        }
        for (reason, count) in refused { builder.append(RefusalTally(shop: shop.id, reason: reason, count: count)) }
        return Batch(bytes: builder.finish(), grants: grants, outcomes: outcomes)
    }

    /// Adds one event to the batch, or says why not.
    private func add(
        _ event: OwnEvent, _ shop: ShopContext, _ nowMillis: Int64, _ grants: inout [SubjectKeyGrant]
    ) -> DropReason? {
        guard !event.name.isEmpty, event.name.utf8.count <= EventRecord.nameBytesMax else { return .missingName }
        let definition = pipeline.definition(for: event.name)
        guard event.payload.count <= definition.eventBytesMax else { return .tooLarge }
        do {
            try scanner.scan(event.payload.span, pointers: pipeline.pointers)
        } catch {
            return .notJSON
        }
        let identity = OwnIdentity(event, in: shop)
        let isAhead = event.occurredAt > nowMillis + Self.aheadMillisMax
        var header = EventHeader(
            shop: shop.shop, source: event.source.eventSource, flags: isAhead ? .clampedTime : [],
            dictionary: compressor.version,
            occurredAt: isAhead ? nowMillis + Self.aheadMillisMax : max(0, event.occurredAt), receivedAt: nowMillis,
            key: identity.key, content: identity.content)
        switch event.source {
        case .system:
            header.flags.formUnion(.allConsent)
            append(header, event, identity, sealed: []) { use in use(event.payload.span) }
        case .history:
            cleanHistory(event, identity, definition, shop, nowMillis)
            header.flags.formUnion(clean.consent)
            var clean = CleanEvent()
            swap(&clean, &self.clean)
            append(header, event, identity, sealed: clean.sealed) { use in
                clean.withPayload(of: event.payload.span, use)
            }
            for grant in clean.grants { builder.append(grant) }
            grants += clean.grants
            swap(&clean, &self.clean)
        }
        return nil
    }

    private func cleanHistory(
        _ event: OwnEvent, _ identity: OwnIdentity, _ definition: EventDefinition, _ shop: ShopContext,
        _ nowMillis: Int64
    ) {
        let matches = 0..<scanner.matches.count
        pipeline.collect(scanner.matches[matches], into: &fields)
        let raw = RawEvent(
            range: 0..<event.payload.count, matches: matches, fields: fields, definition: definition,
            key: identity.key, receivedAt: nowMillis, origin: nil)
        cleaner.clean(
            raw, body: event.payload.span, matches: scanner.matches, shop: shop, salts: DailySalts(), into: &clean)
    }

    private func append(
        _ header: EventHeader, _ event: OwnEvent, _ identity: OwnIdentity, sealed: [UInt8],
        payload lend: ((Span<UInt8>) -> Void) -> Void
    ) {
        // Moved out and back, not copied: its bytes are lent to the builder.
        var record: [UInt8] = []
        swap(&record, &self.record)
        record.removeAll(keepingCapacity: true)
        let start = EventRecord.begin(header, name: Array(event.name.utf8).span, into: &record)
        let payloadStart = record.count
        lend { compressor.compress($0, into: &record) }
        EventRecord.finish(record: start, payloadStart: payloadStart, sealed: sealed.span, into: &record)
        builder.append(record: record.span, aliases: identity.aliases)
        swap(&record, &self.record)
    }

    private func context(of shop: RecordedShop) -> ShopContext {
        if let context = contexts[shop.id], context.keys.content == shop.keys.content { return context }
        if contexts.count >= Self.contextsMax { contexts.removeAll(keepingCapacity: true) }
        let context = ShopContext(shop: shop.id, keys: shop.keys)
        contexts[shop.id] = context
        return context
    }
}
