package import EventModel

/// Decodes batches and decides on each event as far as memory can, so that this work overlaps the transaction before.
///
/// A value without I/O, owned by whoever feeds one writer of one lane. Its verdicts count on being the lane's only
/// appender; each plan names the append it must follow directly, and the writer asks the log anew where another came in
/// between. So a wrong belief costs a query, never a wrong verdict.
package struct AppendPlanner: Sendable {
    /// The lane it plans for.
    package let lane: Lane
    /// Lanes that a shop was in before it was moved here; its events are looked up there as well.
    package var formerLanes: [ShopID: [Lane]] = [:]

    private var window: KeyWindow?
    /// The lane's newest append when the next plan is written, if all goes as planned.
    private var nextSequence: Int64?

    /// Without a window every event is looked up in the log.
    package init(lane: Lane) { self.lane = lane }

    /// A window would spare lookups: there never was one, another appender has made it incomplete, or time has outrun it.
    package var wantsWindow: Bool { window?.isOutrun ?? true }

    /// Begins to use a window that is complete for the log as of `head`. No plan may be waiting to be written.
    package mutating func adopt(_ window: KeyWindow, head: LogHead) {
        self.window = window
        self.nextSequence = head.sequence
    }

    /// Makes a plan of entries in the order of the buffer.
    package mutating func plan(_ entries: [AppendEntry], incarnation: Key128? = nil) -> AppendPlan {
        let decoded = entries.map {
            AppendPlan.Entry(place: $0.place, stamp: $0.stamp, content: Self.decode($0.bytes))
        }
        var events: [AppendPlan.Event] = []
        var names = NameTable()
        var lanes: Set<Lane> = []
        var isSettled = window != nil
        for (index, entry) in decoded.enumerated() {
            guard case .batch(let batch) = entry.content else { continue }
            decide(batch, entry: Int32(index), into: &events, &names, &isSettled)
            if !formerLanes.isEmpty {
                for record in batch.records { lanes.formUnion(formerLanes[record.header.shop] ?? []) }
            }
        }
        let sequence = nextSequence
        nextSequence = sequence.map { $0 + 1 }
        return AppendPlan(
            lane: lane, incarnation: incarnation, formerLanes: lanes.sorted(), expectedSequence: sequence,
            entries: decoded, events: events, names: names,
            digest: isSettled ? ChainHash.digest(events, decoded) : nil)
    }

    /// Learns what became of a plan, in the order in which plans were made.
    package mutating func didAppend(_ receipt: AppendReceipt) {
        guard receipt.wasExpected, var window else {
            self.window = nil
            nextSequence = nil
            return
        }
        self.window = nil  // so that the change below is made in place
        for identity in receipt.lookedUp {
            _ = window.admit(identity.key, content: identity.content, nowMillis: identity.receivedAt)
        }
        self.window = window
    }

    private static func decode(_ bytes: [UInt8]) -> AppendPlan.Content {
        do {
            return .batch(try EventBatch(bytes))
        } catch {
            return .damaged(bytes, error == .badChecksum ? .badChecksum : .undecodable)
        }
    }

    private mutating func decide(
        _ batch: EventBatch, entry: Int32, into events: inout [AppendPlan.Event], _ names: inout NameTable,
        _ isSettled: inout Bool
    ) {
        var aliases = batch.aliases[...]
        for (index, record) in batch.records.enumerated() {
            let hasAlias = aliases.first.map { Int($0.event) <= index } ?? false
            aliases = hasAlias ? aliases.drop { Int($0.event) <= index } : aliases
            let verdict = verdict(record, in: batch, hasAlias: hasAlias)
            if verdict == .open { isSettled = false }
            let name =
                verdict == .unstorable ? 0 : names.index(of: batch.bytes.span.extracting(record.name))
            events.append(AppendPlan.Event(entry: entry, record: Int32(index), name: name, verdict: verdict))
        }
    }

    private mutating func verdict(
        _ record: EventRecordView, in batch: EventBatch, hasAlias: Bool
    ) -> AppendPlan.Verdict {
        guard StoredForm.accepts(record, in: batch.bytes) else { return .unstorable }
        // Aliases and other lanes' events are not in the window.
        guard window != nil, !hasAlias, formerLanes.isEmpty || formerLanes[record.header.shop] == nil else {
            return .open
        }
        let header = record.header
        switch window?.admit(header.key, content: header.content, nowMillis: header.receivedAt) ?? .unknown {
        case .new: return .accepted
        case .repeated: return .duplicate
        case .conflicting: return .conflict
        case .unknown: return .open
        }
    }
}
