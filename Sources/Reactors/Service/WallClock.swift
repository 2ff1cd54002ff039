internal import FoundationEssentials

/// The time of day, for times that are stored.
enum WallClock {
    /// Milliseconds since 1970.
    static func nowMillis() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}
