internal import EventModel

/// The time buckets of a period: which bucket each slot belongs to, and what each is called.
///
/// Buckets follow the zone's clock: a day of a clock change has 23 or 25 hours, and an hour that the clock shows twice
/// is two buckets with different offsets.
package struct TimeGrid: Sendable {
    /// The period.
    package let slots: Range<Int64>
    /// For each slot of the period its bucket, counted from 0.
    package let bucketOfSlot: [UInt32]
    /// The buckets' cells in order of time.
    package let labels: [String]
    /// What the zone's clock shows during each bucket; empty without a unit.
    let clocks: [Clock]

    /// A bucket by the calendar and the clock: how many hours (or days, of weeks and months their first one) lie between
    /// it and 1970-01-01T00:00 on the clock, and how many buckets before it showed the same.
    struct Clock: Hashable {
        var number: Int64
        var repeats: Int = 0
    }

    /// Cuts a period into buckets; without a unit it is one bucket without a label.
    package init(slots: Range<Int64>, unit: TimeUnit?, zone: Zone) {
        self.slots = slots
        guard let unit else {
            self.bucketOfSlot = Array(repeating: 0, count: slots.count)
            self.labels = [""]
            self.clocks = []
            return
        }
        var walk = Walk(unit: unit)
        var buckets: [UInt32] = []
        buckets.reserveCapacity(slots.count)
        let segments = zone.offsets(over: slots)
        for (index, segment) in segments.enumerated() {
            let end = index + 1 < segments.count ? segments[index + 1].from : slots.upperBound
            for slot in segment.from..<max(end, segment.from) { buckets.append(walk.bucket(slot, segment.seconds)) }
        }
        self.bucketOfSlot = buckets
        self.labels = walk.labels
        self.clocks = walk.clocks
    }

    /// The first instant of each bucket, Unix milliseconds.
    package var starts: [Int64] {
        var starts: [Int64] = []
        for (offset, bucket) in bucketOfSlot.enumerated() where Int(bucket) == starts.count {
            starts.append((slots.lowerBound + Int64(offset)) * Slot.millis)
        }
        return starts
    }

    private struct Walk {
        /// No clock goes back by more hours than this (Antarctica/Troll by two).
        private static let repeatsWithin = 4

        let unit: TimeUnit
        var labels: [String] = []
        var clocks: [Clock] = []
        private var key: (Int64, Int64)?

        init(unit: TimeUnit) { self.unit = unit }

        /// Opens a bucket where the clock shows another one than before; it never goes back to an earlier one.
        mutating func bucket(_ slot: Int64, _ offset: Int64) -> UInt32 {
            let local = slot * Slot.seconds + offset
            let day = local.flooredDivision(86_400)
            let next: (Int64, Int64) =
                switch unit {
                case .hour: (local.flooredDivision(3600), offset)
                case .day: (day, 0)
                case .week: (CalendarDay.monday(day), 0)
                case .month: (CalendarDay.firstOfMonth(day), 0)
                }
            let isNew = key.map { unit == .hour ? next != $0 : next > $0 } ?? true
            if isNew {
                key = next
                labels.append(label(local, day, offset))
                let repeats = clocks.suffix(Self.repeatsWithin).count { $0.number == next.0 }
                clocks.append(Clock(number: next.0, repeats: repeats))
            }
            return UInt32(labels.count - 1)
        }

        private func label(_ local: Int64, _ day: Int64, _ offset: Int64) -> String {
            switch unit {
            case .day: return CalendarDay.text(day)
            case .week: return CalendarDay.text(CalendarDay.monday(day))
            case .month: return CalendarDay.monthText(day)
            case .hour:
                let second = local - day * 86_400
                let sign = offset < 0 ? "-" : "+"
                let clock = "\(CalendarDay.pad(second / 3600, 2)):\(CalendarDay.pad(second / 60 % 60, 2))"
                let zone = "\(CalendarDay.pad(abs(offset) / 3600, 2)):\(CalendarDay.pad(abs(offset) / 60 % 60, 2))"
                return "\(CalendarDay.text(day))T\(clock)\(sign)\(zone)"
            }
        }
    }
}
