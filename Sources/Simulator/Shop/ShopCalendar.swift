internal import Foundation

/// One day of the shop, `start` up to, not including, `end`, in Unix milliseconds; 23 or 25 hours at a clock change.
package struct ShopDay: Sendable, Equatable {
    /// `2026-11-20`.
    package let label: String
    /// The first instant of the day.
    package let start: Int64
    /// The first instant of the next day.
    package let end: Int64
}

/// The days of a simulation in the shop's time zone, oldest first and without a gap.
package struct ShopCalendar: Sendable {
    /// The days; never empty.
    package let days: [ShopDay]
    private let zone: TimeZone

    /// The `count` days up to and including the one that holds `endingAt` (Unix milliseconds).
    package init(timezone: String, count: Int, endingAt: Int64) throws(SimulatorError) {
        guard let zone = TimeZone(identifier: timezone) else {
            throw SimulatorError(.usage, "unknown time zone \(timezone)")
        }
        guard (1...ShopCalendar.daysMax).contains(count) else {
            throw SimulatorError(.usage, "days must be from 1 to \(ShopCalendar.daysMax)")
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let last = calendar.startOfDay(for: Date(timeIntervalSince1970: Double(endingAt) / 1000))
        var starts: [Int64] = []
        for offset in (1 - count)...1 {
            // Noon is never skipped by a clock change, midnight is in some zones.
            guard let noon = calendar.date(byAdding: .hour, value: 12, to: last),
                let day = calendar.date(byAdding: .day, value: offset, to: noon)
            else { throw SimulatorError(.usage, "no such days in \(timezone)") }
            starts.append(Int64(calendar.startOfDay(for: day).timeIntervalSince1970 * 1000))
        }
        self.zone = zone
        self.days = zip(starts, starts.dropFirst()).map { start, end in
            let middle = start + (end - start) / 2
            let offset = Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(middle) / 1000)))
            return ShopDay(label: String(ClockText.utc(middle + offset * 1000).prefix(10)), start: start, end: end)
        }
    }

    /// The index of the day that holds an instant, nil outside the simulation.
    package func dayIndex(of time: Int64) -> Int? {
        guard let first = self.days.first, let last = self.days.last, time >= first.start, time < last.end else {
            return nil
        }
        var low = 0
        var high = self.days.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if self.days[middle].start <= time { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Seconds that the shop's clocks are ahead of UTC at an instant.
    func offsetSeconds(at time: Int64) -> Int {
        self.zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time) / 1000))
    }

    /// An instant as Shopify writes it in orders: the shop's clock with its offset, to the second.
    func shopText(_ time: Int64) -> String {
        let offset = self.offsetSeconds(at: time)
        let sign = offset < 0 ? "-" : "+"
        let minutes = abs(offset) / 60
        return String(ClockText.utc(time + Int64(offset) * 1000).prefix(19)) + sign
            + ClockText.padded(minutes / 60, 2) + ":" + ClockText.padded(minutes % 60, 2)
    }

    /// A longer simulation than three years is a mistake in the options.
    private static let daysMax = 1100
}

/// Instants as text, without Foundation's formatters: they are slow and are needed for every event.
enum ClockText {
    /// `2024-01-12T05:29:08.638Z`.
    static func utc(_ time: Int64) -> String { self.wholeSeconds(time) + "." + self.padded(Int(time % 1000), 3) + "Z" }

    /// `2023-12-20T16:39:23+0000`, as the mobile kits send it; the milliseconds are lost.
    static func plainOffset(_ time: Int64) -> String { self.wholeSeconds(time) + "+0000" }

    /// `2023-12-20T16:39:23`.
    private static func wholeSeconds(_ time: Int64) -> String {
        let seconds = time / 1000
        let (year, month, day) = self.civil(days: seconds / 86_400)
        let clock = Int(seconds % 86_400)
        return "\(year)-\(self.padded(month, 2))-\(self.padded(day, 2))T\(self.padded(clock / 3600, 2))"
            + ":\(self.padded(clock / 60 % 60, 2)):\(self.padded(clock % 60, 2))"
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01 (Hinnant's days-to-civil).
    private static func civil(days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        let month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        return (Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month, day)
    }

    /// A number with leading zeros.
    static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
    }
}
