/// Instants in Unix milliseconds as Shopify writes them.
package enum ShopTime {
    /// GraphQL: `2026-07-02T22:44:07Z`.
    package static func utc(_ millis: Int64) -> String { text(millis / 1000, zone: "Z") }

    /// Headers of deliveries, with nanoseconds: `2026-07-02T22:44:07.123000000Z`.
    static func precise(_ millis: Int64) -> String {
        let fraction = String(millis % 1000 + 1000).dropFirst()
        return text(millis / 1000, zone: ".\(fraction)000000Z")
    }

    /// GraphQL, or null.
    static func utc(_ millis: Int64?) -> WireValue { millis.map { .string(utc($0)) } ?? .null }

    /// REST, at the shop's offset: `2026-07-02T17:44:07-05:00`.
    package static func local(_ millis: Int64, offsetMinutes: Int) -> String {
        let sign = offsetMinutes < 0 ? "-" : "+"
        let minutes = abs(offsetMinutes)
        return text(
            millis / 1000 + Int64(offsetMinutes) * 60, zone: "\(sign)\(two(minutes / 60)):\(two(minutes % 60))")
    }

    /// Reads `2026-07-02T22:44:07Z` and `2026-07-02`; nil for anything else.
    package static func millis(_ text: String) -> Int64? {
        let numbers = text.split { !$0.isNumber }.compactMap { Int64($0) }
        guard numbers.count >= 3 else { return nil }
        let clock = numbers.count >= 6 ? numbers[3] * 3600 + numbers[4] * 60 + numbers[5] : 0
        return (days(numbers[0], numbers[1], numbers[2]) * 86_400 + clock) * 1000
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func text(_ seconds: Int64, zone: String) -> String {
        let day = Int((Double(seconds) / 86_400).rounded(.down))
        let clock = Int(seconds) - day * 86_400
        let (year, month, date) = civil(day)
        let hours = "\(two(clock / 3600)):\(two(clock / 60 % 60)):\(two(clock % 60))"
        return "\(year)-\(two(month))-\(two(date))T\(hours)\(zone)"
    }

    /// Days since 1970-01-01 to year, month, day in the Gregorian calendar.
    private static func civil(_ day: Int) -> (Int, Int, Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        let date = ofYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return (year, month < 10 ? month + 3 : month - 9, date)
    }

    private static func days(_ year: Int64, _ month: Int64, _ date: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + date - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
    }
}
