/// How a metric's cell is made from tallies.
package enum Measure: Sendable, Hashable {
    case count(Tally)
    /// `[numerator, denominator]`.
    case ratio(Tally, Tally)
    /// Milliseconds over a count, as seconds.
    case meanSeconds(Tally, per: Tally)
    /// Twice the milliseconds, as seconds; null where there is nothing to take the median of.
    case medianSeconds(Tally)
    /// Minor units of the currency that the column names.
    case money(Tally)
    /// `[minor units, count]`, in the currency that the column names.
    case moneyRatio(Tally, Tally)

    /// Every tally the cell needs.
    package var tallies: [Tally] {
        switch self {
        case .count(let tally), .money(let tally): [tally]
        case .ratio(let top, let bottom), .moneyRatio(let top, let bottom): [top, bottom]
        case .meanSeconds(let sum, let count): [sum, count]
        case .medianSeconds(let tally): [tally, .sessions]
        }
    }

    /// True where the cell is in a currency.
    package var isMoney: Bool {
        switch self {
        case .money, .moneyRatio: true
        case .count, .ratio, .meanSeconds, .medianSeconds: false
        }
    }

    /// The cell's type as answers and documents name it.
    package var type: String {
        switch self {
        case .count: "integer"
        case .money: "money"
        case .ratio, .moneyRatio: "ratio"
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
        switch measure {
        case .count(let tally)?, .money(let tally)?: tally.isAdditive
        case .ratio?, .meanSeconds?, .medianSeconds?, .moneyRatio?, nil: false
        }
    }

    /// True for a part of a whole, which changes by percentage points and not by percent.
    package var isRate: Bool {
        guard case .ratio(let part, _)? = measure else { return false }
        return part.kind != .activity
    }

    /// True where it is made of orders, so that order dimensions apply and no others but time.
    package var isOfOrders: Bool {
        measure?.tallies.contains { $0.kind == .sales || $0.kind == .orders } ?? false
    }

    /// True where every tally is counted by the events' own time, so that event dimensions apply.
    package var isOfEvents: Bool {
        measure?.tallies.allSatisfy { $0.kind == .activity } ?? false
    }
}
