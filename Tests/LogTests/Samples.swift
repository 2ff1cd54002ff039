import EventModel
import Logging
import Postgres
import Redis
import Testing

@testable import EventLog

/// Events and batches for tests, deterministic for a seed.
enum Samples {
    /// 2026-11-18T12:00:00Z, a Wednesday.
    static let noon: Int64 = 1_795_003_200_000
    static let week: Int64 = 7 * 86_400_000

    /// For components whose warnings a test brings about on purpose.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// An event whose identity and content follow from `number`.
    static func record(
        _ number: Int, shop: ShopID = 1, occurredAt: Int64 = noon, receivedAt: Int64? = nil, content: UInt64? = nil,
        name: String = "page_viewed", payloadBytes: Int = 40, payload: [UInt8]? = nil
    ) -> EventRecord {
        let hash = Key128(
            high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number) &* 0xD1B5_4A32_D192_ED03 | 1)
        let header = EventHeader(
            shop: shop, source: .pixel, visitorKind: .client, country: CountryCode("DE"), occurredAt: occurredAt,
            receivedAt: receivedAt ?? occurredAt + 1500, key: EventKey.make(timeMillis: occurredAt, hash: hash),
            content: content ?? UInt64(number) &+ 7, visitor: Key128(high: 1, low: UInt64(number % 10)))
        // A size that is opened, then anything.
        let size = (0..<4).map { UInt8(truncatingIfNeeded: payloadBytes >> (8 * $0)) }
        let usual = size + (4..<payloadBytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
        return EventRecord(
            header: header, name: name, payload: payload ?? usual, sealed: number % 3 == 0 ? [1, 2, 3] : [])
    }

    /// One batch of these events. `aliases` by index of the event.
    static func batch(
        _ records: [EventRecord], aliases: [Int: [Key128]] = [:], keys: [SubjectKeyGrant] = [],
        tallies: [RefusalTally] = []
    ) -> [UInt8] {
        var builder = EventBatchBuilder()
        for (index, record) in records.enumerated() {
            var bytes: [UInt8] = []
            record.encode(into: &bytes)
            builder.append(record: bytes.span, aliases: aliases[index] ?? [])
        }
        for key in keys { builder.append(key) }
        for tally in tallies { builder.append(tally) }
        return builder.finish()
    }

    /// One batch of the events with these numbers.
    static func batch(_ numbers: some Sequence<Int>, shop: ShopID = 1) -> [UInt8] {
        batch(numbers.map { record($0, shop: shop) })
    }
}

extension LogReader {
    /// All events of a lane as records, read in pages.
    func all(lane: Lane, pageSize: Int = 1000) throws -> [(position: Position, record: EventRecord)] {
        var page = EventPage()
        var found: [(position: Position, record: EventRecord)] = []
        while try read(lane: lane, after: found.last?.position ?? 0, limit: pageSize, into: &page) > 0 {
            for event in page.events {
                found.append(
                    (
                        event.position,
                        EventRecord(
                            header: event.header, name: page.kind(of: event), payload: Array(page.bytes[event.payload]),
                            sealed: Array(page.bytes[event.sealed]))
                    ))
            }
        }
        return found
    }
}
