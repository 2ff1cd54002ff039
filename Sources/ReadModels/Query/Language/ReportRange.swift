internal import EventModel

/// The period of a query: whole days of its zone, both inside, or instants with the end outside.
package enum ReportRange: Sendable, Hashable {
    case days(first: Int64, last: Int64)
    case instants(from: Int64, to: Int64)

    /// Longer periods are refused: ten years of 15-minute slots are as much as a grid may hold.
    package static let daysMax: Int64 = 3_700

    /// Keywords with a fixed spelling; `Nd` and `Nmo` come beside them.
    package static let keywords = [
        "today", "yesterday", "7d", "28d", "30d", "90d", "12mo", "week", "month", "quarter", "year", "last_week",
        "last_month", "last_quarter", "last_year",
    ]

    /// The slots of the period, end outside.
    package func slots(in zone: Zone) -> Range<Int64> {
        switch self {
        case .days(let first, let last): zone.firstSlot(ofDay: first)..<zone.firstSlot(ofDay: last + 1)
        case .instants(let from, let to): Slot.containing(from)..<Slot.containing(to)
        }
    }

    /// The same with instants moved outwards to the slots' bounds: what happens within a slot is not kept apart.
    var widened: ReportRange {
        guard case .instants(let from, let to) = self else { return self }
        return .instants(
            from: Slot.containing(from) * Slot.millis, to: Slot.containing(to + Slot.millis - 1) * Slot.millis)
    }

    /// Days that the period touches at least in part.
    package var dayCount: Int64 {
        switch self {
        case .days(let first, let last): last - first + 1
        case .instants(let from, let to): (to - from + 86_399_999) / 86_400_000
        }
    }

    /// Both ends as the query language writes them.
    package var texts: [String] {
        switch self {
        case .days(let first, let last): [CalendarDay.text(first), CalendarDay.text(last)]
        case .instants(let from, let to): [Timestamp.text(from), Timestamp.text(to)]
        }
    }

    /// The period a keyword names on a day; all to-date periods end with `today`. nil for an unknown keyword.
    static func keyword(_ text: String, today: Int64) -> ReportRange? {
        switch text {
        case "today": return .days(first: today, last: today)
        case "yesterday": return .days(first: today - 1, last: today - 1)
        case "week": return .days(first: CalendarDay.monday(today), last: today)
        case "month": return .days(first: CalendarDay.firstOfMonth(today), last: today)
        case "quarter": return .days(first: CalendarDay.firstOfQuarter(today), last: today)
        case "year": return .days(first: yearStart(today), last: today)
        case "last_week": return .days(first: CalendarDay.monday(today) - 7, last: CalendarDay.monday(today) - 1)
        case "last_month":
            return .days(first: CalendarDay.firstOfMonth(today, plus: -1), last: CalendarDay.firstOfMonth(today) - 1)
        case "last_quarter":
            let first = CalendarDay.firstOfQuarter(today, plus: -1)
            return .days(first: first, last: CalendarDay.firstOfQuarter(today) - 1)
        case "last_year": return .days(first: yearStart(yearStart(today) - 1), last: yearStart(today) - 1)
        default: return counted(text, today: today)
        }
    }

    /// `7d` is seven days with today as the last; `12mo` twelve calendar months with this one as the last.
    private static func counted(_ text: String, today: Int64) -> ReportRange? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), count > 0, count <= daysMax else { return nil }
        switch text.dropFirst(digits.count) {
        case "d": return .days(first: today - count + 1, last: today)
        case "mo" where count <= 120: return .days(first: CalendarDay.firstOfMonth(today, plus: 1 - count), last: today)
        default: return nil
        }
    }

    private static func yearStart(_ day: Int64) -> Int64 {
        CalendarDay.firstOfMonth(day, plus: 1 - Timestamp.date(dayNumber: day).month)
    }
}

extension ReportRange {
    /// The period of the same length right before; with `weekday` shifted by whole weeks, so that Mondays meet Mondays.
    func previousPeriod(matchingWeekday: Bool) -> ReportRange {
        switch self {
        case .days(let first, let last):
            let length = last - first + 1
            let shift = matchingWeekday ? (length + 6) / 7 * 7 : length
            return .days(first: first - shift, last: last - shift)
        case .instants(let from, let to):
            let week: Int64 = 7 * 86_400_000
            let shift = matchingWeekday ? (to - from + week - 1) / week * week : to - from
            return .instants(from: from - shift, to: to - shift)
        }
    }

    /// The same dates a year earlier, or 52 weeks earlier where weekdays are to match.
    func previousYear(matchingWeekday: Bool) -> ReportRange {
        switch self {
        case .days(let first, let last):
            if matchingWeekday { return .days(first: first - 364, last: last - 364) }
            return .days(
                first: CalendarDay.sameDate(first, plusYears: -1), last: CalendarDay.sameDate(last, plusYears: -1))
        case .instants(let from, let to):
            let shift: Int64 = (matchingWeekday ? 364 : 365) * 86_400_000
            return .instants(from: from - shift, to: to - shift)
        }
    }
}
