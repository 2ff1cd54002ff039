import EventModel
import Testing

@testable import DataSubjects

/// A request's number is told by its webhook alone.
@Suite struct RequestNumberTests {
    private func number(at position: Position, key: UInt64) throws -> Key128 {
        let header = EventHeader(
            shop: 1, source: .webhook, occurredAt: 0, receivedAt: 0, key: Key128(high: 1, low: key), content: 0)
        let event = PersonEvents.Opened(
            position: position, header: header, name: "customers/redact", handles: [], contacts: [], payload: nil,
            isReadable: true, sealsNothing: false, values: [])
        return try #require(ComplianceWebhook(event)).id(0)
    }

    @Test func isTheSameForTheSameEvent() throws {
        let (once, again) = (try number(at: 7, key: 1), try number(at: 7, key: 1))
        #expect(once == again)
    }

    /// Behind a restored backup a place is given a second time; the journal has brought the first one's request back.
    @Test func isAnothersWhereAnotherEventTookItsPlace() throws {
        let (first, second) = (try number(at: 7, key: 1), try number(at: 7, key: 2))
        #expect(first != second)
    }
}
