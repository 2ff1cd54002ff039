import ReadModels
import Testing

/// Days and hours of zones, on both days of a clock change.
@Suite struct ZoneTests {
    private func grid(_ zone: String, _ first: Int64, _ last: Int64, _ unit: TimeUnit) throws -> TimeGrid {
        let zone = try #require(Zone(identifier: zone))
        return TimeGrid(slots: ReportRange.days(first: first, last: last).slots(in: zone), unit: unit, zone: zone)
    }

    private func day(_ text: String) -> Int64 { instant(text + "T00:00:00Z") / 86_400_000 }

    /// Quarters of an hour in each bucket.
    private func lengths(_ grid: TimeGrid) -> [Int] {
        var lengths = [Int](repeating: 0, count: grid.labels.count)
        for bucket in grid.bucketOfSlot { lengths[Int(bucket)] += 1 }
        return lengths
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-03-29", 92), ("Europe/Berlin", "2026-10-25", 100),
        ("America/New_York", "2026-03-08", 92), ("America/New_York", "2026-11-01", 100),
        ("Asia/Kolkata", "2026-03-29", 96), ("Australia/Lord_Howe", "2026-04-05", 98),
        ("Australia/Lord_Howe", "2026-10-04", 94), ("America/Havana", "2026-11-01", 100),
        ("Asia/Beirut", "2026-03-29", 92), ("UTC", "2026-03-29", 96),
    ])
    func `A day of a clock change has its true length`(zone: String, date: String, quarters: Int) throws {
        let grid = try grid(zone, day(date) - 1, day(date) + 1, .day)
        #expect(lengths(grid) == [96, quarters, 96])
        #expect(grid.labels[1] == date)
    }

    @Test func `Days begin at the zone's midnight`() throws {
        let berlin = try #require(Zone(identifier: "Europe/Berlin"))
        #expect(berlin.firstSlot(ofDay: day("2026-11-20")) * 900_000 == instant("2026-11-19T23:00:00Z"))
        #expect(berlin.firstSlot(ofDay: day("2026-07-01")) * 900_000 == instant("2026-06-30T22:00:00Z"))
        let kolkata = try #require(Zone(identifier: "Asia/Kolkata"))
        #expect(kolkata.firstSlot(ofDay: day("2026-11-20")) * 900_000 == instant("2026-11-19T18:30:00Z"))
    }

    @Test func `A midnight that the clock skips begins with the first minute there is`() throws {
        let beirut = try #require(Zone(identifier: "Asia/Beirut"))
        #expect(beirut.firstSlot(ofDay: day("2026-03-29")) * 900_000 == instant("2026-03-28T22:00:00Z"))
        #expect(
            try grid("Asia/Beirut", day("2026-03-29"), day("2026-03-29"), .hour).labels[0] == "2026-03-29T01:00+03:00")
    }

    @Test func `An hour that comes twice is two buckets`() throws {
        let labels = try grid("Europe/Berlin", day("2026-10-25"), day("2026-10-25"), .hour).labels
        #expect(labels.count == 25)
        #expect(labels[2...3] == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"])
    }

    @Test func `An hour that is left out is no bucket`() throws {
        let labels = try grid("America/New_York", day("2026-03-08"), day("2026-03-08"), .hour).labels
        #expect(labels.count == 23)
        #expect(labels[1...2] == ["2026-03-08T01:00-05:00", "2026-03-08T03:00-04:00"])
    }

    @Test func `A change by half an hour cuts its hour`() throws {
        let grid = try grid("Australia/Lord_Howe", day("2026-04-05"), day("2026-04-05"), .hour)
        #expect(grid.labels[1...3] == ["2026-04-05T01:00+11:00", "2026-04-05T01:30+10:30", "2026-04-05T02:00+10:30"])
        #expect(lengths(grid)[1...3] == [4, 2, 4])
    }

    @Test func `Weeks are named by their Monday and months by their name`() throws {
        #expect(
            try grid("Europe/Berlin", day("2026-11-20"), day("2026-11-24"), .week).labels == [
                "2026-11-16", "2026-11-23",
            ])
        #expect(
            try grid("Europe/Berlin", day("2026-10-31"), day("2026-11-01"), .month).labels == ["2026-10", "2026-11"])
    }

    @Test func `What is no zone is refused`() {
        for name in ["", "Berlin", "Europe/Nowhere", "PST", "JST", "GMT+2", "+02:00", "../etc/passwd"] {
            #expect(Zone(identifier: name) == nil, "\(name)")
        }
    }

    /// Hours east of UTC on days in January and in July.
    @Test(arguments: [
        ("Japan", 9, 9), ("CET", 1, 2), ("EST5EDT", -5, -4), ("PST8PDT", -8, -7), ("EST", -5, -5), ("Singapore", 8, 8),
        ("GB", 0, 1), ("NZ", 13, 12), ("Zulu", 0, 0), ("GMT", 0, 0),
    ])
    func `Zones without a slash are zones`(name: String, winter: Int64, summer: Int64) throws {
        let zone = try #require(Zone(identifier: name))
        #expect(zone.offset(at: Slot.containing(instant("2026-01-15T12:00:00Z"))) == winter * 3600)
        #expect(zone.offset(at: Slot.containing(instant("2026-07-15T12:00:00Z"))) == summer * 3600)
    }
}
