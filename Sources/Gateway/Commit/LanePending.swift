internal import EventModel

/// What one lane has collected for the next flush. A value; guarded by `CommitBuffer`.
struct LanePending: Sendable {
    /// Batches that are full, then the one being filled.
    private(set) var batches: [EventBatchBuilder] = []
    private(set) var tallies: [TallyKey: Int] = [:]

    struct TallyKey: Hashable, Sendable {
        let shop: ShopID
        let reason: DropReason
    }

    /// A batch stays below this, just under an allocator class of Redis: a value of 16,384 bytes wastes a quarter.
    static let batchBytesMax = 16_300

    var isEmpty: Bool { batches.isEmpty && tallies.isEmpty }

    /// Appends the staged events and returns the first and last batch that hold them.
    mutating func append(_ staged: borrowing StagedEvents) -> ClosedRange<Int> {
        if batches.isEmpty { batches.append(EventBatchBuilder()) }
        var first: Int?
        let bytes = staged.bytes.span
        for event in staged.events {
            let last = batches.count - 1
            if !batches[last].isEmpty, batches[last].byteCount + event.record.count > Self.batchBytesMax {
                batches.append(EventBatchBuilder())
            }
            let index = batches.count - 1
            if first == nil { first = index }
            for grant in event.grants { batches[index].append(staged.grants[grant]) }
            let aliases = event.aliases.isEmpty ? [] : Array(staged.aliases[event.aliases])
            batches[index].append(record: bytes.extracting(event.record), aliases: aliases)
        }
        return (first ?? batches.count - 1)...(batches.count - 1)
    }

    mutating func tally(_ key: TallyKey, _ count: Int) { tallies[key, default: 0] += count }

    /// The encoded batches; tallies travel in the first. Empty afterwards.
    mutating func finish(lane: Lane) -> [LaneBatch] {
        if !tallies.isEmpty {
            if batches.isEmpty { batches.append(EventBatchBuilder()) }
            for (key, count) in tallies {
                batches[0].append(RefusalTally(shop: key.shop, reason: key.reason, count: UInt32(clamping: count)))
            }
        }
        defer {
            batches.removeAll(keepingCapacity: true)
            tallies.removeAll(keepingCapacity: true)
        }
        return batches.indices.map { LaneBatch(lane: lane, bytes: batches[$0].finish()) }
    }
}
