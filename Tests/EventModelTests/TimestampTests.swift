import EventModel
import Foundation
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2024-01-12T05:29:08.638Z", 1_705_037_348_638), ("2023-12-20T16:39:23+0000", 1_703_090_363_000),
        ("2021-12-31T19:00:00-05:00", 1_640_995_200_000), ("2026-11-21T10:00:00.123456789Z", 1_795_255_200_123),
        ("2024-02-29", 1_709_164_800_000), ("2024-01-12T05:29:08", 1_705_037_348_000),
        ("1970-01-01T00:00:00Z", 0), ("2024-01-12 05:29:08.6Z", 1_705_037_348_600),
    ])
    func readsWhatShopifySends(text: String, millis: Int64) {
        #expect(Timestamp.parse(text) == millis)
    }

    @Test(arguments: [
        "", "yesterday", "2023-02-29", "2024-13-01T00:00:00Z", "2024-01-12T24:00:00Z", "2024-01-12T05:29:08.Z",
        "2024-01-12T05:29:08.638Zx", "2024-1-2", "2024-01-12T05", "1969-12-31T00:00:00Z", "2024-01-12T05:29:08+5",
    ])
    func refusesWhatIsNoTime(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    @Test func agreesWithFoundationOnEveryDayOfAFourHundredYearCycle() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for day in stride(from: Int64(0), to: 146_097, by: 1) {
            let (year, month, date) = Timestamp.date(dayNumber: day)
            #expect(Timestamp.dayNumber(year: year, month: month, day: date) == day)
            guard day % 97 == 0 else { continue }
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            #expect(parts.year == Int(year) && parts.month == Int(month) && parts.day == Int(date))
        }
    }

    @Test func textIsReadBackUnchanged() {
        var millis: Int64 = 7
        for step in 1...500 {
            millis += Int64(step) * 86_399_123
            #expect(Timestamp.parse(Timestamp.text(millis)) == millis)
        }
    }
}
