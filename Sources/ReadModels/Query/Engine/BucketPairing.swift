internal import EventModel

/// Which bucket of the compared period stands beside each bucket of a query's own.
///
/// Days and hours meet by the calendar and the clock: 1 March beside 1 March also where only one of the years has a 29
/// February, 9 o'clock beside 9 o'clock also on the day of a clock change. What the other period lacks stays alone. Weeks
/// and months meet by their place.
struct BucketPairing {
    private let partners: [Int?]
    /// Buckets of the compared period that stand beside none.
    let alone: [Int]

    init(_ query: AnalyticsQuery, with comparison: ReportRange) {
        func grid(_ range: ReportRange) -> TimeGrid {
            TimeGrid(slots: range.slots(in: query.zone), unit: query.timeUnit, zone: query.zone)
        }
        let (own, other) = (grid(query.range), grid(comparison))
        switch query.timeUnit {
        case .day, .hour:
            let unitsPerDay: Int64 = query.timeUnit == .hour ? 24 : 1
            let meeting = Self.meeting(query.range, comparison, own, other, unitsPerDay)
            partners = Self.partners(own, other, meeting)
        case .week, .month, nil: partners = own.labels.indices.map { $0 < other.labels.count ? $0 : nil }
        }
        let paired = Set(partners.compactMap { $0 })
        alone = other.labels.indices.filter { !paired.contains($0) }
    }

    /// The place of the bucket beside the one at `bucket`; nil where there is none.
    func partner(of bucket: Int) -> Int? { partners[bucket] }

    /// The clock of the other period that meets a clock of the own: the same date a year before where both periods have
    /// the same dates, else as far from the period's start.
    private static func meeting(
        _ range: ReportRange, _ comparison: ReportRange, _ own: TimeGrid, _ other: TimeGrid, _ unitsPerDay: Int64
    ) -> (TimeGrid.Clock) -> TimeGrid.Clock {
        if case .days(let first, let last) = range, case .days(let otherFirst, let otherLast) = comparison {
            let sameDates = (CalendarDay.sameDate(first, plusYears: -1), CalendarDay.sameDate(last, plusYears: -1))
            if sameDates == (otherFirst, otherLast) {
                return { clock in
                    let day = clock.number.flooredDivision(unitsPerDay)
                    let shift = (day - CalendarDay.sameDate(day, plusYears: -1)) * unitsPerDay
                    return TimeGrid.Clock(number: clock.number - shift, repeats: clock.repeats)
                }
            }
            let shift = (first - otherFirst) * unitsPerDay
            return { TimeGrid.Clock(number: $0.number - shift, repeats: $0.repeats) }
        }
        let shift = (own.clocks.first?.number ?? 0) - (other.clocks.first?.number ?? 0)
        return { TimeGrid.Clock(number: $0.number - shift, repeats: $0.repeats) }
    }

    /// Each bucket of the other period has one partner at most: 28 February is not beside the 29th as well.
    private static func partners(
        _ own: TimeGrid, _ other: TimeGrid, _ meeting: (TimeGrid.Clock) -> TimeGrid.Clock
    ) -> [Int?] {
        var places = Dictionary(other.clocks.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return own.clocks.map { places.removeValue(forKey: meeting($0)) }
    }
}
