internal import EventModel

/// What one lane has collected for the next flush. A value; guarded by `CommitBuffer`.
struct LanePending: Sendable {
    private var full: [EventBatchBuilder] = []
    /// The batch being filled. Not an element of the others: those would be copied to be looked at.
    private var last = EventBatchBuilder()
    private(set) var tallies: [TallyKey: Int] = [:]

    struct TallyKey: Hashable, Sendable {
        let shop: ShopID
        let reason: DropReason
    }

    /// A batch stays below this, just under an allocator class of Redis: a value of 32,768 bytes wastes a quarter.
    static let batchBytesMax = 32_600

    /// Appends the staged events and returns the first and last batch that hold them.
    mutating func append(_ staged: borrowing StagedEvents) -> ClosedRange<Int> {
        var first: Int?
        let bytes = staged.bytes.span
        for event in staged.events {
            if !last.isEmpty, last.byteCount + event.record.count > Self.batchBytesMax {
                full.append(last)
                last = EventBatchBuilder()
            }
            if first == nil { first = full.count }
            for grant in event.grants { last.append(staged.grants[grant]) }
            let aliases = event.aliases.isEmpty ? [] : Array(staged.aliases[event.aliases])
            last.append(record: bytes.extracting(event.record), aliases: aliases)
        }
        return (first ?? full.count)...full.count
    }

    mutating func tally(_ key: TallyKey, _ count: Int) { tallies[key, default: 0] += count }

    /// The encoded batches; tallies travel in the first. Empty afterwards.
    mutating func finish(lane: Lane) -> [LaneBatch] {
        var batches = full
        if !last.isEmpty || batches.isEmpty && !tallies.isEmpty { batches.append(last) }
        for (key, count) in tallies {
            batches[0].append(RefusalTally(shop: key.shop, reason: key.reason, count: UInt32(clamping: count)))
        }
        self = LanePending()
        return batches.indices.map { LaneBatch(lane: lane, bytes: batches[$0].finish()) }
    }
}
