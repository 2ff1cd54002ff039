package import EventModel

/// What is given to the log at once: one encoded batch, and its place in the buffer where it came through it.
package struct AppendEntry: Sendable {
    /// Nil for what did not come through the buffer.
    package let place: StreamPlace?
    /// An encoded batch; damaged ones are quarantined, never refused.
    package let bytes: [UInt8]
    /// Its writer's number; nil for what came without one.
    package let stamp: WriterStamp?

    /// Checks nothing.
    package init(place: StreamPlace? = nil, bytes: [UInt8], stamp: WriterStamp? = nil) {
        self.place = place
        self.bytes = bytes
        self.stamp = stamp
    }
}

/// Decoded batches of one lane with a verdict on each event: what `LogWriter.append` needs, made without I/O.
///
/// A plan may be appended more than once (after a failure); the log takes it in once.
package struct AppendPlan: Sendable {
    /// One entry, decoded or found damaged.
    struct Entry: Sendable {
        let place: StreamPlace?
        let stamp: WriterStamp?
        let content: Content
    }

    enum Content: Sendable {
        case batch(EventBatch)
        case damaged([UInt8], DropReason)
    }

    /// One event, by its place in the plan.
    struct Event: Sendable {
        let entry: Int32
        let record: Int32
        /// Index into the plan's names.
        let name: Int32
        var verdict: Verdict
    }

    enum Verdict: UInt8, Sendable {
        case accepted
        case duplicate
        case conflict
        /// Whole, but with a name or a time that the table cannot hold, or a payload that nobody opens.
        case unstorable
        /// The log must be asked.
        case open
    }

    /// The lane all of it goes to.
    package let lane: Lane
    /// The buffer the entries came from; nil for appends that did not come through it.
    package let incarnation: Key128?
    /// Other lanes that may hold earlier events of shops in this plan.
    let formerLanes: [Lane]
    /// The verdicts hold if the lane's newest append has this number; nil means that all are open.
    let expectedSequence: Int64?
    let entries: [Entry]
    let events: [Event]
    /// Of the storable events.
    let names: NameTable
    /// Over the accepted events' bytes, where no verdict is open.
    let digest: [UInt8]?
    /// Set where the entry comes out of the quarantine, in which it was counted for this shop.
    var replayedShop: ShopID?

    /// Entries in it.
    package var entryCount: Int { entries.count }
    /// Events in it, whatever becomes of them.
    package var eventCount: Int { events.count }
    /// Where its first entry stands in the buffer.
    package var firstPlace: StreamPlace? { entries.first?.place }
    /// Where its last entry stands in the buffer.
    package var lastPlace: StreamPlace? { entries.last?.place }

    var isSettled: Bool { digest != nil }

    func batch(_ entry: Int32) -> EventBatch? {
        guard case .batch(let batch) = entries[Int(entry)].content else { return nil }
        return batch
    }
}

extension AppendPlan {
    static let weekMillis: Int64 = 7 * 86_400_000

    /// Weeks since the epoch in which its events were received.
    var weeks: Set<Int64> {
        var weeks: Set<Int64> = []
        var last: Int64?
        for case .batch(let batch) in entries.lazy.map(\.content) {
            for record in batch.records where StoredForm.times.contains(record.header.receivedAt) {
                let week = record.header.receivedAt / Self.weekMillis
                if week != last { weeks.insert(week) }
                last = week
            }
        }
        return weeks
    }

    /// The same entries without those up to `place`, all verdicts open again.
    func dropping(through place: StreamPlace?) -> AppendPlan {
        var names = self.names
        let left = place.map { place in entries.filter { entry in entry.place.map { $0 > place } ?? true } } ?? entries
        return AppendPlan(
            lane: lane, incarnation: incarnation, formerLanes: formerLanes, expectedSequence: nil, entries: left,
            events: Self.openEvents(left, &names), names: names, digest: nil, replayedShop: replayedShop)
    }

    /// All events of these entries, none decided but the unstorable.
    private static func openEvents(_ entries: [Entry], _ names: inout NameTable) -> [Event] {
        var events: [Event] = []
        for (index, entry) in entries.enumerated() {
            guard case .batch(let batch) = entry.content else { continue }
            for record in batch.records.indices {
                let view = batch.records[record]
                let isStorable = StoredForm.accepts(view, in: batch.bytes)
                events.append(
                    Event(
                        entry: Int32(index), record: Int32(record),
                        name: isStorable ? names.index(of: batch.bytes.span.extracting(view.name)) : 0,
                        verdict: isStorable ? .open : .unstorable))
            }
        }
        return events
    }
}

/// What a row of `log.event` can hold.
enum StoredForm {
    /// Years 1970 to 9999.
    static let times: Range<Int64> = 0..<253_402_300_800_000

    /// Times in range, a payload that says a size which is opened, and a name that a text column takes: UTF-8 without
    /// zero bytes.
    static func accepts(_ view: EventRecordView, in bytes: [UInt8]) -> Bool {
        guard view.payload.count >= MemoryLayout<UInt32>.size,
            bytes.span.integer(at: view.payload.lowerBound, as: UInt32.self) <= PayloadDecompressor.payloadBytesMax
        else { return false }
        guard times.contains(view.header.occurredAt), times.contains(view.header.receivedAt) else { return false }
        var isPlain = true
        for index in view.name {
            if bytes[index] == 0 { return false }
            if bytes[index] >= 0x80 { isPlain = false }
        }
        return isPlain || String(validating: bytes[view.name], as: UTF8.self) != nil
    }
}
