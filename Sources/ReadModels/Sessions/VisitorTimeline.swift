internal import EventModel

/// One visit, and under which start its row is stored.
package struct Visit: Sendable {
    /// The visit's aggregate.
    package var state: SessionState
    /// Key of the row in the table; nil for a visit that has none yet.
    package var storedStart: Int64?
    /// Differs from its row.
    package var isChanged: Bool

    /// A visit as its row says.
    package init(stored state: SessionState) {
        self.state = state
        self.storedStart = state.start
        self.isChanged = false
    }

    init(new state: SessionState) {
        self.state = state
        self.isChanged = true
    }
}

/// The visits of one visitor, cut by the rule: a visit ends after more than 1,800 s without an event and holds no event
/// more than 24 h after its first.
///
/// After any sequence of inserts the visits are those that a cut of all events in time order gives. Bounded by
/// what was loaded; the caller gives every visit that the events may touch (see `SessionsProjection`).
package struct VisitorTimeline: Sendable {
    /// Longer silence ends a visit; exactly this long does not.
    package static let gapMillis: Int64 = 1_800_000
    /// No visit is longer; exactly this long still joins.
    package static let capMillis: Int64 = 86_400_000

    /// Ascending by start; they do not overlap.
    package private(set) var visits: [Visit]
    /// The first of `visits` lies before what was loaded: it is there to be looked at, never changed.
    package private(set) var isFirstFrozen: Bool
    /// Every visit that begins up to here is in `visits`, from the first on; later ones may be stored beside.
    package private(set) var knownThrough: Int64
    /// Starts of rows that have to go.
    package private(set) var removed: [Int64] = []

    /// Reads a visit's events again: those of `visits` that were folded before, and from this pass those inserted so far.
    package typealias Recall = (SessionState) throws -> [EventFacts]

    /// The visits as loaded; `isWhole` where none is stored after them.
    package init(visits: [Visit] = [], isFirstFrozen: Bool = false, isWhole: Bool = true) {
        self.visits = visits
        self.isFirstFrozen = isFirstFrozen
        self.knownThrough = isWhole ? .max : visits.last?.state.start ?? .max
    }

    /// What was stored after the known visits may be changed too: the last of them is.
    package var reachesLater: Bool { knownThrough < .max && visits.last?.isChanged != false }

    /// Takes in the visits that are stored next; `isWhole` where no more are. Events must lie before all of them, and
    /// `link` has to follow.
    package mutating func extend(by later: [Visit], isWhole: Bool, recall: Recall) rethrows {
        let end = visits.count - 1
        visits += later
        knownThrough = isWhole ? .max : later.last?.state.start ?? .max
        if end >= 0 { try settle(from: end, recall: recall) }
    }

    /// Takes in one event. `recall` is asked only where a visit of the 24 hour rule has to be cut anew.
    package mutating func insert(_ event: borrowing EventFacts, recall: Recall) rethrows {
        let time = event.order.time
        var index = visits.count - 1
        while index >= 0, visits[index].state.start > time { index -= 1 }
        if index >= 0, joins(time, visits[index].state) {
            let isInside = time <= visits[index].state.end
            visits[index].state.add(event)
            visits[index].isChanged = true
            if isInside { return }
        } else {
            index += 1
            visits.insert(Visit(new: SessionState(event)), at: index)
        }
        try settle(from: index, recall: recall)
    }

    private func joins(_ time: Int64, _ visit: SessionState) -> Bool {
        time - visit.end <= Self.gapMillis && time - visit.start <= Self.capMillis
    }

    /// The visit at `index` has grown: takes in what follows as far as the rule says.
    private mutating func settle(from first: Int, recall: Recall) rethrows {
        var index = first
        while index + 1 < visits.count {
            let limit = visits[index].state.start + Self.capMillis
            let next = visits[index + 1].state
            guard next.start - visits[index].state.end <= Self.gapMillis, next.start <= limit else { return }
            if next.end <= limit {
                visits[index].state.merge(next)
                visits[index].isChanged = true
                take(at: index + 1)
            } else {
                try split(at: index + 1, limit: limit, recall: recall)
                index += 1
            }
        }
    }

    /// Moves the events of a visit up to `limit` into the visit before; the others are one visit again, since no gap
    /// lies between them and the 24 hours of the old visit hold them all.
    private mutating func split(at index: Int, limit: Int64, recall: Recall) rethrows {
        var rest: SessionState?
        for event in try recall(visits[index].state) {
            if event.order.time <= limit {
                visits[index - 1].state.add(event)
            } else if rest == nil {
                rest = SessionState(event)
            } else {
                rest?.add(event)
            }
        }
        visits[index - 1].isChanged = true
        take(at: index)
        if let rest { visits.insert(Visit(new: rest), at: index) }
    }

    private mutating func take(at index: Int) {
        if let stored = visits[index].storedStart { removed.append(stored) }
        visits.remove(at: index)
    }

    /// Works out what depends on the visit before: who returns, and what a visit that goes on from another inherits.
    package mutating func link() {
        for index in (isFirstFrozen ? 1 : 0)..<max(visits.count, isFirstFrozen ? 1 : 0) {
            let before = index > 0 ? visits[index - 1].state : nil
            let isReturning = before != nil
            let inherited = visits[index].state.isContinuation ? before?.lastTouch : nil
            guard visits[index].state.isReturning != isReturning || visits[index].state.inherited != inherited else {
                continue
            }
            visits[index].state.isReturning = isReturning
            visits[index].state.inherited = inherited
            visits[index].isChanged = true
        }
    }

    /// What was written is now what is stored.
    package mutating func confirm() {
        for index in visits.indices where visits[index].isChanged {
            visits[index].isChanged = false
            visits[index].storedStart = visits[index].state.start
        }
        removed.removeAll()
    }

    /// Forgets all but the last `count` visits; returns the start from which on all are still known.
    package mutating func keepLast(_ count: Int) -> Int64? {
        guard visits.count > count else { return nil }
        visits.removeFirst(visits.count - count)
        isFirstFrozen = true
        return visits[1].state.start
    }
}
