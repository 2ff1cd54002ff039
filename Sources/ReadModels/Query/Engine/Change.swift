/// How a number differs from the one it is compared with.
package struct Change: Sendable, Hashable {
    /// Of a rate the difference in percentage points, of any other number (a - b) / b; nil where one of the two is missing
    /// and where there is nothing to divide by.
    package var value: Double?
    /// The number compared with is 0.
    package var isNew = false

    /// The change from `base` to `current`.
    init(_ metric: MetricDefinition, from base: Cell, to current: Cell) {
        guard let before = base.magnitude, let now = current.magnitude else { return }
        if metric.isRate {
            value = (now - before) * 100
        } else if before == 0 {
            isNew = true
        } else {
            value = (now - before) / before
        }
    }

    /// Appends the change.
    func write(_ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("change") { writer in if let value { writer.number(value) } else { writer.null() } }
            writer.member("new", isNew)
        }
    }
}
