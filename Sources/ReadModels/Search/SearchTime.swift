internal import EventModel

/// The stretch of time that a value of a search names: an instant, a second, a day, a year.
struct SearchTime: Equatable {
    /// Unix milliseconds; the stretch's first.
    let start: Int64
    /// The first millisecond after the stretch.
    let end: Int64

    /// Shorter than a day.
    var isPrecise: Bool { end - start < 82_800_000 }

    /// Reads `now`, `2024`, `2024-05`, `2024-05-01`, `2024-05-01T10`, `...T10:30`, `...T10:30:00.000`, the clock with
    /// `Z` or an offset, else in the zone; nil for anything else.
    init?(_ text: String, _ context: SearchContext) {
        if text == "now" {
            self.init(start: context.now, end: context.now + 1)
            return
        }
        let bytes = Array(text.utf8)
        let date = bytes.prefix { $0 != UInt8(ascii: "T") && $0 != UInt8(ascii: " ") }
        guard let days = Self.days(date) else { return nil }
        if date.count == bytes.count {
            self.init(
                start: Self.midnight(days.lowerBound, context.zone),
                end: Self.midnight(days.upperBound, context.zone))
            return
        }
        guard date.count == 10, let clock = Clock(bytes[(date.count + 1)...]) else { return nil }
        let local = days.lowerBound * 86_400_000 + clock.millis
        let offset = clock.offset ?? Self.offset(local, context.zone)
        let start = local - offset * 1000
        self.init(start: start, end: start + clock.unit)
    }

    private init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    /// The days of a year, a month or a day.
    private static func days(_ text: ArraySlice<UInt8>) -> Range<Int64>? {
        let parts = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), parts[0].count == 4, parts.dropFirst().allSatisfy({ $0.count == 2 })
        else { return nil }
        let numbers = parts.compactMap(number)
        guard numbers.count == parts.count, numbers[0] >= 1970,
            let first = Timestamp.dayNumber(
                year: numbers[0], month: numbers.count > 1 ? numbers[1] : 1, day: numbers.count > 2 ? numbers[2] : 1)
        else { return nil }
        switch numbers.count {
        case 1: return first..<CalendarDay.firstOfMonth(first, plus: 12)
        case 2: return first..<CalendarDay.firstOfMonth(first, plus: 1)
        default: return first..<first + 1
        }
    }

    private static func midnight(_ day: Int64, _ zone: Zone) -> Int64 { zone.firstSlot(ofDay: day) * Slot.millis }

    /// Seconds east of UTC when the zone's clocks show `local`; near a change, those of the time just before it.
    private static func offset(_ local: Int64, _ zone: Zone) -> Int64 {
        let guess = zone.offset(at: local.flooredDivision(Slot.millis))
        return zone.offset(at: (local - guess * 1000).flooredDivision(Slot.millis))
    }

    fileprivate static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}

extension SearchTime {
    /// Hours to milliseconds with an optional offset.
    private struct Clock {
        var millis: Int64
        /// Milliseconds that the last part stands for.
        var unit: Int64
        /// Seconds east of UTC; nil where none is stated.
        var offset: Int64?

        init?(_ text: ArraySlice<UInt8>) {
            let signs: Set<UInt8> = [UInt8(ascii: "Z"), UInt8(ascii: "z"), UInt8(ascii: "+"), UInt8(ascii: "-")]
            let clock = text.prefix { !signs.contains($0) }
            guard let offset = Offset(text[clock.endIndex...]) else { return nil }
            self.offset = offset.seconds
            let point = clock.firstIndex(of: UInt8(ascii: ".")) ?? clock.endIndex
            let parts = clock[..<point].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            let numbers = parts.compactMap { $0.count == 2 ? SearchTime.number($0) : nil }
            guard (1...3).contains(parts.count), numbers.count == parts.count, numbers[0] < 24,
                numbers.dropFirst().allSatisfy({ $0 < 60 })
            else { return nil }
            let units: [Int64] = [3_600_000, 60_000, 1000]
            millis = zip(numbers, units).reduce(0) { $0 + $1.0 * $1.1 }
            unit = units[numbers.count - 1]
            if point < clock.endIndex {
                let fraction = clock[(point + 1)...]
                guard numbers.count == 3, fraction.count <= 9, SearchTime.number(fraction) != nil else { return nil }
                let thousandths = (Array(fraction) + [0x30, 0x30, 0x30]).prefix(3)
                millis += thousandths.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
                unit = 1
            }
        }
    }

    /// What stands behind the clock: nothing, `Z`, `+05:00`, `+0500`.
    private struct Offset {
        /// East of UTC; nil for nothing.
        var seconds: Int64?

        init?(_ text: ArraySlice<UInt8>) {
            guard let sign = text.first else { return }
            if sign | 0x20 == UInt8(ascii: "z") {
                guard text.count == 1 else { return nil }
                seconds = 0
                return
            }
            let digits = text.dropFirst().filter { $0 != UInt8(ascii: ":") }
            guard digits.count == 4, text.count <= 6, let hours = SearchTime.number(digits[0..<2]),
                let minutes = SearchTime.number(digits[2..<4]), hours <= 14, minutes < 60
            else { return nil }
            seconds = (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
        }
    }
}
