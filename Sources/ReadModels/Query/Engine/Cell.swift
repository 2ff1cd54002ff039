/// One cell of an answer.
package enum Cell: Sendable, Hashable {
    case null
    case integer(Int64)
    case number(Double)
    case ratio(Int64, Int64)
    case text(String)
    case bool(Bool)

    /// Appends the cell as JSON.
    package func write(_ writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .integer(let value): writer.integer(value)
        case .number(let value): writer.number(value)
        case .ratio(let top, let bottom):
            writer.beginArray()
            writer.integer(top)
            writer.integer(bottom)
            writer.endArray()
        case .text(let text): writer.string(text)
        case .bool(let value): writer.bool(value)
        }
    }

    /// The value to order and compare by; nil for what has none.
    var magnitude: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .ratio(let top, let bottom): bottom == 0 ? nil : Double(top) / Double(bottom)
        case .null, .text, .bool: nil
        }
    }
}

extension Measure {
    /// The cell of a metric from the tallies of one row; a missing tally is zero.
    func cell(_ tally: (Tally) -> Int64) -> Cell {
        switch self {
        case .count(let count), .money(let count): return .integer(tally(count))
        case .ratio(let top, let bottom), .moneyRatio(let top, let bottom): return .ratio(tally(top), tally(bottom))
        case .meanSeconds(let sum, let count):
            return tally(count) == 0 ? .null : .number(Double(tally(sum)) / Double(tally(count)) / 1000)
        case .medianSeconds(let twice):
            return tally(.sessions) == 0 ? .null : .number(Double(tally(twice)) / 2000)
        }
    }
}
