/// How a metric's cell is made from tallies.
package enum Measure: Sendable, Hashable {
    case count(Tally)
    /// `[numerator, denominator]`.
    case ratio(Tally, Tally)
    /// Milliseconds over a count, as seconds.
    case meanSeconds(Tally, per: Tally)
    /// Twice the milliseconds, as seconds; null where there is nothing to take the median of.
    case medianSeconds(Tally)

    /// Every tally the cell needs.
    package var tallies: [Tally] {
        switch self {
        case .count(let tally): [tally]
        case .ratio(let top, let bottom): [top, bottom]
        case .meanSeconds(let sum, let count): [sum, count]
        case .medianSeconds(let tally): [tally, .sessions]
        }
    }

    /// The cell's type as answers and documents name it.
    package var type: String {
        switch self {
        case .count: "integer"
        case .ratio: "ratio"
        case .meanSeconds, .medianSeconds: "number"
        }
    }
}

/// One metric: what it is called, what it means, how it is computed. The only place that says so.
package struct MetricDefinition: Sendable, Hashable {
    /// The name in queries and answers.
    package let name: String
    /// Unit of the cell: `visitors`, `seconds`, `ratio`...
    package let unit: String
    /// The definition for people.
    package let text: String
    /// nil while the read model it needs is not there.
    package let measure: Measure?

    init(_ name: String, _ unit: String, _ measure: Measure?, _ text: String) {
        self.name = name
        self.unit = unit
        self.measure = measure
        self.text = text
    }

    /// True where the rows of a partition add up to the total.
    package var isAdditive: Bool {
        if case .count(let tally)? = measure { return tally.isAdditive }
        return false
    }

    /// True where every tally is counted by the events' own time, so that event dimensions apply.
    package var isOfEvents: Bool {
        measure?.tallies.allSatisfy { $0.kind == .activity } ?? false
    }
}
