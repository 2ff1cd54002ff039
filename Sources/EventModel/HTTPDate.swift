/// Instants as RFC 9110 writes them: `Fri, 20 Nov 2026 13:00:00 GMT`.
package enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The text of a second since 1970, which was a Thursday.
    package static func text(second: Int64) -> String {
        let number = second.flooredDivision(86_400)
        let (year, month, day) = Timestamp.date(dayNumber: number)
        let clock = second - number * 86_400
        func pad(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let time = [clock / 3600, clock / 60 % 60, clock % 60].map(pad).joined(separator: ":")
        return "\(days[Int(number % 7)]), \(pad(day)) \(months[Int(month) - 1]) \(year) \(time) GMT"
    }
}
