import EventModel
import ReadModels
import Testing

/// Places in lists, as clients hand them back.
@Suite struct ListCursorTests {
    @Test(arguments: ["1970-01-01T00:00:00+23:59", "1970-01-01T00:00:00+01:00", "9999-12-31T23:59:60.999-23:59"])
    func everyTimeThatAnEntryCanHaveIsRead(time: String) throws {
        let cursor = ListCursor(time: try #require(Timestamp.parse(time)), id: Key128(high: 1, low: 2))
        #expect(ListCursor(text: cursor.text(in: .customers), in: .customers) == cursor)
    }

    @Test(arguments: [-86_400_001, 253_402_387_200_000, .min, .max] as [Int64])
    func anyOtherTimeWasMadeUp(time: Int64) {
        let cursor = ListCursor(time: time, id: .zero)
        #expect(ListCursor(text: cursor.text(in: .customers), in: .customers) == nil)
    }
}
