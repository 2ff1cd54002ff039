/// Instants as milliseconds since 1970-01-01T00:00:00Z, and the ISO 8601 texts that Shopify sends.
package enum Timestamp {
    /// Parses a date-time as Shopify writes it: `2024-01-12T05:29:08.638Z`, `2023-12-20T16:39:23+0000`,
    /// `2021-12-31T19:00:00-05:00`, any number of fraction digits (truncated to milliseconds).
    ///
    /// A date alone is midnight UTC and a missing zone is UTC. Nil for anything else, also for days that do not
    /// exist. Years 1970 to 9999, or from `firstYear` on. No allocation.
    package static func parse(_ bytes: Span<UInt8>, firstYear: Int64 = 1970) -> Int64? {
        var reader = Reader(position: 0)
        guard let year = reader.digits(4, in: bytes), year >= firstYear, reader.skip(0x2D, in: bytes),
            let month = reader.digits(2, in: bytes), reader.skip(0x2D, in: bytes),
            let day = reader.digits(2, in: bytes), let days = dayNumber(year: year, month: month, day: day)
        else { return nil }
        if reader.position == bytes.count { return days * 86_400_000 }
        guard reader.skip(0x54, in: bytes) || reader.skip(0x20, in: bytes) || reader.skip(0x74, in: bytes),
            let hour = reader.digits(2, in: bytes), hour < 24, reader.skip(0x3A, in: bytes),
            let minute = reader.digits(2, in: bytes), minute < 60
        else { return nil }
        var second: Int64 = 0
        var millis: Int64 = 0
        if reader.skip(0x3A, in: bytes) {
            guard let value = reader.digits(2, in: bytes), value <= 60 else { return nil }
            second = value
            if reader.skip(0x2E, in: bytes) || reader.skip(0x2C, in: bytes) {
                guard let fraction = reader.fraction(in: bytes) else { return nil }
                millis = fraction
            }
        }
        guard let zone = reader.zoneMinutes(in: bytes), reader.position == bytes.count else { return nil }
        return ((days * 24 + hour) * 60 + minute - zone) * 60_000 + second * 1000 + millis
    }

    /// Parses a text; see `parse(_:)` on bytes.
    package static func parse(_ text: String) -> Int64? {
        parse([UInt8](text.utf8).span)
    }

    /// `2026-11-20T13:00:00.000Z`.
    package static func text(_ millis: Int64) -> String {
        let days = millis.flooredDivision(86_400_000)
        let rest = millis - days * 86_400_000
        let (year, month, day) = date(dayNumber: days)
        func pad(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let clock = "\(pad(rest / 3_600_000, 2)):\(pad(rest / 60_000 % 60, 2)):\(pad(rest / 1000 % 60, 2))"
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(clock).\(pad(rest % 1000, 3))Z"
    }

    /// Days since 1970-01-01 of a civil date (proleptic Gregorian); nil where the day does not exist.
    package static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64? {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: InlineArray<12, Int64> = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard month >= 1, month <= 12, day >= 1, day <= lengths[Int(month) - 1] else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredDivision(400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The civil date of a day number.
    package static func date(dayNumber: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = dayNumber + 719_468
        let era = shifted.flooredDivision(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }

    private struct Reader {
        var position: Int

        // Inlined for its few counts, which halves the cost of a timestamp.
        @inline(__always) mutating func digits(_ count: Int, in bytes: Span<UInt8>) -> Int64? {
            guard position + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for offset in position..<position + count {
                let digit = bytes[offset] &- 0x30
                guard digit <= 9 else { return nil }
                value = value * 10 + Int64(digit)
            }
            position += count
            return value
        }

        @inline(__always) mutating func skip(_ byte: UInt8, in bytes: Span<UInt8>) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        /// At least one digit; the first three are the milliseconds.
        mutating func fraction(in bytes: Span<UInt8>) -> Int64? {
            var value: Int64 = 0
            var count = 0
            while position < bytes.count, bytes[position] &- 0x30 <= 9 {
                if count < 3 { value = value * 10 + Int64(bytes[position] - 0x30) }
                count += 1
                position += 1
            }
            guard count > 0 else { return nil }
            return count == 1 ? value * 100 : count == 2 ? value * 10 : value
        }

        /// Minutes east of UTC: `Z`, `+00:00`, `+0000`, `+00`, or nothing.
        mutating func zoneMinutes(in bytes: Span<UInt8>) -> Int64? {
            if position == bytes.count || skip(0x5A, in: bytes) || skip(0x7A, in: bytes) { return 0 }
            let sign: Int64
            if skip(0x2B, in: bytes) {
                sign = 1
            } else if skip(0x2D, in: bytes) {
                sign = -1
            } else {
                return nil
            }
            guard let hours = digits(2, in: bytes), hours < 24 else { return nil }
            if position == bytes.count { return sign * hours * 60 }
            _ = skip(0x3A, in: bytes)
            guard let minutes = digits(2, in: bytes), minutes < 60 else { return nil }
            return sign * (hours * 60 + minutes)
        }
    }
}

extension Int64 {
    /// Division rounded towards negative infinity; `divisor` is positive.
    package func flooredDivision(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
