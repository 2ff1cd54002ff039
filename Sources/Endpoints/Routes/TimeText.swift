internal import EventModel

/// Instants as answers show them.
enum TimeText {
    /// `2026-11-20T13:00:00.000Z`.
    static func text(_ millis: Int64) -> String { Timestamp.text(millis) }
}
