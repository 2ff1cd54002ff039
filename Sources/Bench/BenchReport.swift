package import Foundation

/// What a figure is held against.
package struct Ceiling: Codable, Sendable {
    /// In words.
    package var what: String
    package var value: Double
    package var unit: String
}

/// One measured figure: the median of its samples.
package struct Figure: Codable, Sendable {
    package var id: String
    package var value: Double
    package var unit: String
    package var ceiling: Ceiling?
    package var goal: Double?
    /// The goal is at most, not at least.
    package var lowerIsBetter: Bool
    package var samples: [Double]
    package var min: Double
    package var max: Double
    package var load: MachineLoad
    /// What the figure is made of, medians too: microseconds of CPU an event by process, rates, counts.
    package var parts: [String: Double]
    package var note: String

    init(
        _ figure: FigureID, unit: String, goal: Double?, lowerIsBetter: Bool = false, samples: [Double],
        ceiling: Ceiling? = nil, parts: [[String: Double]] = [], load: MachineLoad, note: String = ""
    ) {
        self.id = figure.rawValue
        self.value = samples.median
        self.unit = unit
        self.ceiling = ceiling
        self.goal = goal
        self.lowerIsBetter = lowerIsBetter
        self.samples = samples
        self.min = samples.min() ?? 0
        self.max = samples.max() ?? 0
        self.load = load
        self.parts = Self.medians(parts)
        self.note = note
    }

    fileprivate func rounded() -> Figure {
        var copy = self
        copy.value = value.rounded4
        copy.min = min.rounded4
        copy.max = max.rounded4
        copy.samples = samples.map(\.rounded4)
        copy.parts = parts.mapValues(\.rounded4)
        copy.ceiling = ceiling.map { Ceiling(what: $0.what, value: $0.value.rounded4, unit: $0.unit) }
        return copy
    }

    var figure: FigureID { FigureID(rawValue: id) ?? .drain }

    /// Nil where there is no goal.
    package var isMet: Bool? { goal.map { lowerIsBetter ? value <= $0 : value >= $0 } }

    private static func medians(_ parts: [[String: Double]]) -> [String: Double] {
        Dictionary(grouping: parts.flatMap { $0 }, by: \.key).mapValues { $0.map(\.value).median }
    }
}

/// All figures of a run.
package struct BenchReport: Codable, Sendable {
    package var machine: Machine
    package var figures: [Figure] = []
    /// Groups of figures that could not be taken, and why.
    package var failures: [String] = []

    /// Figures of an earlier run stay where this one has none of that name.
    package mutating func keepOthers(of earlier: BenchReport) {
        let taken = Set(figures.map(\.id))
        figures += earlier.figures.filter { !taken.contains($0.id) }
        let order = Dictionary(uniqueKeysWithValues: FigureID.allCases.enumerated().map { ($1.rawValue, $0) })
        figures.sort { (order[$0.id] ?? .max) < (order[$1.id] ?? .max) }
    }

    /// The file's form: sorted keys, so that two runs can be compared line by line.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(rounded())
    }

    /// Reads a file that `json` made.
    package init(json: Data) throws { self = try JSONDecoder().decode(BenchReport.self, from: json) }

    init(machine: Machine) { self.machine = machine }

    /// Header and rows for a terminal.
    package var table: (header: [String], rows: [[String]]) {
        (
            ["FIGURE", "VALUE", "GOAL", "", "MIN", "MAX", "CEILING", "PARTS"],
            figures.map { figure in
                [
                    figure.id, "\(figure.value.short) \(figure.unit)",
                    figure.goal.map { (figure.lowerIsBetter ? "<= " : ">= ") + $0.short } ?? "",
                    figure.isMet.map { $0 ? "ok" : "MISSED" } ?? "", figure.min.short, figure.max.short,
                    figure.ceiling.map { "\($0.value.short) \($0.unit)" } ?? "",
                    figure.parts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.short)" }
                        .joined(separator: ", "),
                ]
            }
        )
    }

    /// Digits beyond the third say nothing on a shared machine.
    private func rounded() -> BenchReport {
        var copy = self
        copy.figures = figures.map { $0.rounded() }
        return copy
    }
}

extension [Double] {
    /// The middle one, or the mean of the two in the middle; 0 of none.
    var median: Double {
        guard !isEmpty else { return 0 }
        let ordered = sorted()
        return count % 2 == 1 ? ordered[count / 2] : (ordered[count / 2 - 1] + ordered[count / 2]) / 2
    }

    /// The smallest value that `share` of all do not pass.
    func quantile(_ share: Double) -> Double {
        guard !isEmpty else { return 0 }
        return sorted()[Swift.min(count - 1, Int((Double(count) * share).rounded(.up)) - 1)]
    }
}

extension Double {
    fileprivate var rounded4: Double {
        guard self != 0, isFinite else { return 0 }
        let scale = pow(10, 4 - (log10(abs(self))).rounded(.up))
        return (self * scale).rounded() / scale
    }

    fileprivate var short: String { rounded4.formatted(.number.grouping(.never).precision(.significantDigits(1...4))) }
}
