internal import EventModel

/// Days since 1970-01-01 in the civil calendar, for ranges and labels.
enum CalendarDay {
    /// `2026-11-20`.
    static func text(_ day: Int64) -> String {
        let date = Timestamp.date(dayNumber: day)
        return "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))"
    }

    /// `2026-11`.
    static func monthText(_ day: Int64) -> String { String(text(day).prefix(7)) }

    /// Reads `2026-11-20`; nil for anything else and for days that do not exist.
    static func parse(_ text: String) -> Int64? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2]), year >= 1970
        else { return nil }
        return Timestamp.dayNumber(year: year, month: month, day: day)
    }

    /// The Monday of the day's week.
    static func monday(_ day: Int64) -> Int64 { (day + 3).flooredDivision(7) * 7 - 3 }

    /// The first of the month that lies `months` months after the day's own.
    static func firstOfMonth(_ day: Int64, plus months: Int64 = 0) -> Int64 {
        let date = Timestamp.date(dayNumber: day)
        let index = date.year * 12 + date.month - 1 + months
        return existing(index.flooredDivision(12), index - index.flooredDivision(12) * 12 + 1, 1)
    }

    /// The first of the quarter that lies `quarters` quarters after the day's own.
    static func firstOfQuarter(_ day: Int64, plus quarters: Int64 = 0) -> Int64 {
        let month = Timestamp.date(dayNumber: day).month
        return firstOfMonth(day, plus: -((month - 1) % 3) + 3 * quarters)
    }

    /// The same date some years later; 29 February becomes the 28th where there is none.
    static func sameDate(_ day: Int64, plusYears years: Int64) -> Int64 {
        let date = Timestamp.date(dayNumber: day)
        return Timestamp.dayNumber(year: date.year + years, month: date.month, day: date.day)
            ?? existing(date.year + years, date.month, 28)
    }

    static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func existing(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        guard let number = Timestamp.dayNumber(year: year, month: month, day: day) else {
            preconditionFailure("no such day")
        }
        return number
    }
}
