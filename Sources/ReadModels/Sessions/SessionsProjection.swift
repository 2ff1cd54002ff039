package import EventModel
package import Postgres

/// Visits: `sessions.session`. Events of visitors only; the rest of the log passes by.
package struct SessionsProjection: Projection {
    /// Visitors that a batch has changed.
    package struct Changes {
        var visitors: [KnownVisitor] = []
        /// Removals that are forgotten with this batch.
        var trimmedThrough: Position?

        /// Visits in memory for it, changed or not.
        package var visitsHeld: Int { visitors.reduce(0) { $0 + $1.timeline.visits.count } }
    }

    /// Removals are kept for this many positions: hours of a busy lane. A reader further behind reads all anew, which is
    /// little more work for it than taking in as many changes.
    package static let removalsKept: Position = 1_000_000
    /// They are trimmed as often as the lane's position passes a multiple of this.
    private static let trimStep: Position = 100_000

    /// Name of the schema and of its file.
    package static let name = "sessions"

    /// Indexes that readers use and no fold does; a rebuild makes them when the rows are there.
    package static let readersIndexes = ["session_version", "session_started"]

    private let lane: Lane
    private let schema: String
    private let store: SessionStore
    private var cache = SessionCache()
    private var seen: SeenVisitors?

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.init(lane: lane, schema: schema, visitsReadMax: SessionStore.visitsReadMax)
    }

    /// The same, reading so many visits of a visitor at a time.
    package init(lane: Lane, schema: String, visitsReadMax: Int) {
        self.lane = lane
        self.schema = schema
        self.store = SessionStore(lane: lane, schema: schema, visitsReadMax: visitsReadMax)
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        let groups = VisitorGroups(batch.events)
        var changes = Changes()
        if batch.after / Self.trimStep != batch.through / Self.trimStep, batch.through > Self.removalsKept {
            changes.trimmedThrough = batch.through - Self.removalsKept
        }
        // Nothing is stored before the first batch, so from there on this knows who was ever here.
        if batch.after == 0 { seen = SeenVisitors() }
        changes.visitors = try visitors(of: groups, connection)
        for (index, visitor) in changes.visitors.enumerated() {
            let order = groups.members(of: index, batch.events)
            try insert(order, of: batch, into: visitor, on: connection, recall)
        }
        return changes
    }

    /// Takes in a visitor's events. Visits that are stored later are read as far as the events reach, and on while they
    /// change with those before.
    private func insert(
        _ order: [Int], of batch: FactBatch, into visitor: KnownVisitor, on connection: PostgresConnection,
        _ recall: some EventRecall
    ) throws {
        var inserted = 0
        func recalled(_ visit: SessionState) throws -> [EventFacts] {
            try Self.recalled(visit, visitor.key, batch, order[0..<inserted], recall)
        }
        func extend() throws {
            let (visits, isWhole) = try store.later(than: visitor, on: connection)
            try visitor.timeline.extend(by: visits, isWhole: isWhole, recall: recalled)
        }
        let latest = order.last.map { batch.events[$0].order.time } ?? .min
        while visitor.timeline.knownThrough - VisitorTimeline.gapMillis < latest { try extend() }
        // Looked at in place: an event is large to copy.
        let events = batch.events.span
        for member in order {
            try visitor.timeline.insert(events[member], recall: recalled)
            inserted += 1
        }
        visitor.timeline.link()
        while visitor.timeline.reachesLater {
            try extend()
            visitor.timeline.link()
        }
    }

    /// What is known of each group's visitor, read from the table where the cache does not say.
    private mutating func visitors(
        of groups: VisitorGroups, _ connection: PostgresConnection
    ) throws -> [KnownVisitor] {
        var missing: [SessionStore.Wanted] = []
        var known: [KnownVisitor?] = []
        known.reserveCapacity(groups.keys.count)
        for (index, key) in groups.keys.enumerated() {
            let from = groups.earliest[index] - VisitorTimeline.capMillis - VisitorTimeline.gapMillis
            let isNew = seen?.insert(key) ?? false
            let visitor = isNew ? KnownVisitor(new: key) : cache.visitor(key, from: from)
            known.append(visitor)
            if visitor == nil { missing.append(SessionStore.Wanted(key: key, from: from)) }
        }
        guard !missing.isEmpty else { return known.compactMap { $0 } }
        let loaded = try store.load(missing, on: connection)
        return known.enumerated().compactMap { index, visitor in visitor ?? loaded[groups.keys[index]] }
    }

    /// The events that a visit holds: from the log those folded by earlier batches, from this one those inserted so far.
    private static func recalled(
        _ visit: SessionState, _ key: VisitorKey, _ batch: FactBatch, _ inserted: ArraySlice<Int>,
        _ recall: some EventRecall
    ) throws -> [EventFacts] {
        let span = visit.start...visit.end
        let before = try recall.events(
            shop: key.shop, visitor: key.visitor, positions: visit.positions, through: batch.after)
        let now = inserted.lazy.map { batch.events[$0] }.filter { span.contains($0.order.time) }
        return before.filter { $0.isVisit && span.contains($0.order.time) } + now
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        try store.write(changes.visitors, version: version, on: connection)
        if let last = changes.trimmedThrough { try store.trimRemoved(through: last, on: connection) }
    }

    /// Unlinks the person's visits; a shop's go.
    package func redact(
        _ tombstone: Tombstone, version: Position, on connection: PostgresConnection
    ) throws -> Int64 {
        try SessionErasure(lane: lane, schema: schema).redact(tombstone, version: version, on: connection)
    }

    /// Visits are read again; who was ever here is still no less than all who were.
    package mutating func confirmRedaction() { cache.removeAll() }

    /// The transaction was committed.
    package mutating func confirm(_ changes: Changes) {
        for visitor in changes.visitors {
            visitor.timeline.confirm()
            cache.keep(visitor)
        }
    }

    /// Forgets what is kept in memory.
    package mutating func reset() {
        cache.removeAll()
        seen = nil
    }
}

/// The visits' events of a batch by visitor.
struct VisitorGroups {
    private(set) var keys: [VisitorKey] = []
    /// Time of each visitor's first event in the batch.
    private(set) var earliest: [Int64] = []
    /// Last member of each group, and for each event the member before it; -1 ends the chain.
    private var last: [Int32] = []
    private var previous: [Int32]
    private var counts: [Int32] = []

    init(_ events: [EventFacts]) {
        previous = Array(repeating: -1, count: events.count)
        // Looked at in place: an event is large to copy.
        let events = events.span
        var ordinals: [VisitorKey: Int] = [:]
        // Of the event before, whose visitor is often this one's.
        var group = -1
        for index in events.indices where events[index].isVisit {
            let key = VisitorKey(shop: events[index].shop, visitor: events[index].visitor)
            let time = events[index].order.time
            if group < 0 || keys[group] != key { group = ordinals[key] ?? keys.count }
            if group < keys.count {
                previous[index] = last[group]
                last[group] = Int32(index)
                counts[group] += 1
                earliest[group] = min(earliest[group], time)
            } else {
                ordinals[key] = keys.count
                keys.append(key)
                earliest.append(time)
                last.append(Int32(index))
                counts.append(1)
            }
        }
    }

    /// Indices of a group's events, in the order of its visitor's events.
    func members(of group: Int, _ events: [EventFacts]) -> [Int] {
        var all: [Int] = []
        all.reserveCapacity(Int(counts[group]))
        var index = last[group]
        while index >= 0 {
            all.append(Int(index))
            index = previous[Int(index)]
        }
        all.reverse()
        all.sort { events[$0].order < events[$1].order }
        return all
    }
}
