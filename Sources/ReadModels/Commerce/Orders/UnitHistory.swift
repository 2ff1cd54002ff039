/// When an order's payloads first showed how many units: tells the days of edits of which no `orders/edited` came. A pure
/// merge: any order and any repetition of the same payloads gives the same history.
struct UnitHistory: Equatable {
    /// What was shown of one position.
    struct Line: Equatable {
        /// Units ordered; edits add some.
        var ordered = FirstSeen()
        /// Units that refunds returned or edits took away.
        var gone = FirstSeen()
    }

    /// Of the earliest payload, Unix milliseconds. What it shows was ordered so, as far as anybody can tell.
    private(set) var since: Int64 = .max
    /// By the position's id.
    private(set) var lines: [Int64: Line] = [:]

    init() {}

    /// What is left of a history that was packed.
    init(since: Int64, lines: [(id: Int64, line: Line)]) {
        self.since = since
        for (id, line) in lines { self.lines[id] = line }
    }

    /// Adds what a payload shows of the state at its version's time.
    mutating func note(_ order: OrderSnapshot) {
        let at = order.version.time
        since = min(since, at)
        for line in order.lines {
            lines[line.id, default: Line()].ordered.note(line.quantity, at)
            guard let current = line.currentQuantity else { continue }
            lines[line.id, default: Line()].gone.note(line.quantity - current, at)
        }
    }

    /// Units of the position in the earliest payload.
    func atFirst(_ line: Int64) -> Int64 { lines[line]?.ordered.units(at: since) ?? 0 }
}

/// A number of units that only grows, as seen now and then: for each amount when it was first seen.
struct FirstSeen: Equatable {
    struct Step: Equatable {
        /// Unix milliseconds.
        var at: Int64 = 0
        var units: Int64 = 0
    }

    /// Both rise from step to step.
    private(set) var steps: [Step] = []

    /// Steps that were packed.
    init(steps: [Step] = []) { self.steps = steps }

    mutating func note(_ units: Int64, _ at: Int64) {
        guard units > 0, !steps.contains(where: { $0.at <= at && $0.units >= units }) else { return }
        steps.removeAll { $0.at >= at && $0.units <= units }
        steps.insert(Step(at: at, units: units), at: steps.firstIndex { $0.at > at } ?? steps.endIndex)
    }

    /// As many as were seen by then.
    func units(at: Int64) -> Int64 { steps.last { $0.at <= at }?.units ?? 0 }
}
