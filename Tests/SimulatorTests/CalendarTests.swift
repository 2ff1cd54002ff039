import Simulator
import Testing

@Suite struct CalendarTests {
    /// New York changed its clocks on 2026-03-08 and 2026-11-01.
    @Test(arguments: [("2026-03-08", 23), ("2026-11-01", 25)])
    func clockChangesMakeShortAndLongDays(label: String, hours: Int64) throws {
        let calendar = try ShopCalendar(timezone: "America/New_York", count: 300, endingAt: Example.end)
        let day = try #require(calendar.days.first { $0.label == label })
        #expect(day.end - day.start == hours * 3_600_000)
        #expect(calendar.days.last?.label == "2026-11-20")
        #expect(zip(calendar.days, calendar.days.dropFirst()).allSatisfy { $0.end == $1.start })
    }

    @Test func instantsFallIntoTheirDay() throws {
        let calendar = try ShopCalendar(timezone: "Asia/Tokyo", count: 2, endingAt: Example.end)
        #expect(calendar.days.map(\.label) == ["2026-11-20", "2026-11-21"])
        let first = calendar.days[0]
        #expect(calendar.dayIndex(of: first.start) == 0)
        #expect(calendar.dayIndex(of: first.end) == 1)
        #expect(calendar.dayIndex(of: first.start - 1) == nil)
        #expect(calendar.dayIndex(of: calendar.days[1].end) == nil)
    }

    @Test func drawsDependOnSeedAndStreamOnly() {
        var first = SeededGenerator(seed: 1, stream: 2)
        var second = SeededGenerator(seed: 1, stream: 2)
        var other = SeededGenerator(seed: 1, stream: 3)
        let draws = (0..<8).map { _ in first.next() }
        #expect(draws == (0..<8).map { _ in second.next() })
        #expect(draws != (0..<8).map { _ in other.next() })
    }
}
