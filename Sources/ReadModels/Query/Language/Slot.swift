/// Time in steps of 15 minutes since 1970, the finest step in which activity is kept. Offsets of all zones and with
/// them the starts of days and hours fall on it.
package enum Slot {
    /// Length of a slot.
    package static let seconds: Int64 = 900
    /// Length of a slot.
    package static let millis: Int64 = 900_000
    /// Slots of 24 hours.
    package static let perDay: Int64 = 96

    /// The slot that holds an instant.
    package static func containing(_ millis: Int64) -> Int64 {
        millis >= 0 ? millis / Self.millis : -((-millis + Self.millis - 1) / Self.millis)
    }
}
