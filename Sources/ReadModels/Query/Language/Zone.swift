internal import EventModel
internal import Foundation

/// An IANA time zone; all arithmetic is on 15-minute slots and exact on both days of a clock change.
package struct Zone: Sendable, Hashable {
    /// The IANA name as given.
    package let identifier: String
    private let zone: TimeZone

    /// Coordinated universal time.
    package static let utc = Zone(identifier: "UTC", zone: .gmt)

    /// Names of the IANA database that are no `Area/Place`. Foundation takes more names without a slash: offsets, and
    /// abbreviations such as PST, which say nothing of clock changes.
    private static let plainNames: Set = [
        "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0",
        "GMT0", "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein", "Libya",
        "MET", "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC", "ROK",
        "Singapore", "Turkey", "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu",
    ]

    /// nil for a name that is no IANA zone. What this takes is what a shop may be in and a query may name.
    package init?(identifier: String) {
        guard identifier.utf8.count <= 64, identifier.contains("/") || Self.plainNames.contains(identifier),
            let zone = TimeZone(identifier: identifier)
        else { return nil }
        self.init(identifier: identifier, zone: zone)
    }

    private init(identifier: String, zone: TimeZone) {
        self.identifier = identifier
        self.zone = zone
    }

    /// Seconds east of UTC during a slot.
    package func offset(at slot: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(slot * Slot.seconds))))
    }

    /// The day (since 1970-01-01) that the zone's calendar shows during a slot.
    package func day(at slot: Int64) -> Int64 {
        (slot * Slot.seconds + offset(at: slot)).flooredDivision(86_400)
    }

    /// The first slot of a day of the zone, also where the clock skips midnight or shows it twice.
    package func firstSlot(ofDay day: Int64) -> Int64 {
        // Offsets lie between -12 and +14 h; the day begins within 15 h of its UTC namesake.
        var low = day * Slot.perDay - 60
        var high = day * Slot.perDay + 60
        while low < high {
            let middle = low + (high - low).flooredDivision(2)
            if self.day(at: middle) >= day { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The offset of each stretch of slots, in order; the first starts at the range's start.
    func offsets(over slots: Range<Int64>) -> [(from: Int64, seconds: Int64)] {
        var segments = [(from: slots.lowerBound, seconds: offset(at: slots.lowerBound))]
        var known = slots.lowerBound
        while known < slots.upperBound {
            let next = min(known + Slot.perDay, slots.upperBound)
            let before = segments[segments.count - 1].seconds
            let after = offset(at: next)
            if after != before { segments.append((change(between: known, and: next, from: before), after)) }
            known = next
        }
        return segments
    }

    /// The first slot of the new offset; zones change at most once a day.
    private func change(between low: Int64, and high: Int64, from before: Int64) -> Int64 {
        var (low, high) = (low, high)
        while high - low > 1 {
            let middle = (low + high) / 2
            if offset(at: middle) == before { low = middle } else { high = middle }
        }
        return high
    }
}
