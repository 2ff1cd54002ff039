/// How a run ended, written down before its events are recorded.
struct Settlement: Codable, Equatable {
    enum State: String, Codable {
        case done, dead, ready
    }

    /// The state that the task takes once the events are recorded.
    var state: State
    var effects: TaskEffects
    /// Of a task that becomes ready again.
    var waitMillis: Int64 = 0
    var payload: String?
    var error: String?
}

extension Duration {
    /// Whole milliseconds, rounded up.
    package var wholeMillis: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
