import EventModel
import Postgres
import TestSupport
import Testing

@testable import EventLog

@Suite struct ReadTests {
    @Test func readingOpensOnlyTheWeeksItNeedsAndScansNothing() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let writer = LogWriter(connection)
            for week in 0..<8 {
                let records = (0..<1500).map { number in
                    let time = Samples.noon + Int64(week) * Samples.week + Int64(number) * 1000
                    return Samples.record(week * 10_000 + number, occurredAt: time)
                }
                _ = try writer.append([Samples.batch(records)], lane: 0)
            }
            try connection.execute("analyze log.event")
            let reader = LogReader(connection)
            let bounds = try #require(try reader.bounds(lane: 0, after: 10_600, limit: 500))
            let plan = try connection.query("explain \(LogReader.selection(0, after: 10_600, bounds))")
                .map { $0.text(0) }.joined(separator: "\n")
            #expect(!plan.contains("Seq Scan") && !plan.contains("Sort"), "\(plan)")
            #expect(plan.contains("_position"), "\(plan)")
            let words = plan.split { $0 != "_" && !$0.isNumber && !$0.isLetter }
            #expect(Set(words.filter { $0.hasPrefix("event_20") && $0.count == 14 }).count == 1, "\(plan)")
            #expect(try reader.all(lane: 0, pageSize: 700).count == 12_000)
        }
    }

    /// Bytes with their highest bit set, which are negative where numbers have signs.
    @Test(arguments: [1, 1_500])
    func everyColumnComesBackAndContentIfAskedFor(count: Int) async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let records = (0..<count).map { number in
                var record = Samples.record(number)
                record.header.shop = .max
                record.header.flags = EventFlags(rawValue: 0xF5)
                record.header.country = CountryCode(rawValue: 0xFFFE)
                record.header.dictionary = 0xC3
                record.header.visitorKind = .customer
                record.header.source = .webhook
                return record
            }
            _ = try LogWriter(connection).append([Samples.batch(records)], lane: 0)
            #expect(try LogReader(connection).all(lane: 0, pageSize: 2_000).map(\.record) == records)
            let without = records.map { record in
                var record = record
                record.header.content = 0
                return record
            }
            let reader = LogReader(connection, givesContent: false)
            #expect(try reader.all(lane: 0, pageSize: 2_000).map(\.record) == without)
        }
    }

    @Test func aPageKnowsWhetherTheLaneGoesOn() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            _ = try LogWriter(connection).append([Samples.batch((0..<9).map { Samples.record($0) })], lane: 0)
            let reader = LogReader(connection)
            var page = EventPage()
            for (limit, bytesMax, reachesHead) in [(8, Int.max, false), (10, .max, true), (10, 1, false)] {
                try reader.read(lane: 0, after: 0, limit: limit, bytesMax: bytesMax, into: &page)
                #expect(page.reachesHead == reachesHead)
            }
        }
    }

    @Test func aProbeForRepeatsUsesTheKeyIndexes() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            let records = (0..<3000).map { Samples.record($0, occurredAt: Samples.noon + Int64($0) * 1000) }
            _ = try LogWriter(connection).append([Samples.batch(records)], lane: 0)
            try connection.execute("analyze log.event")
            let plan = try connection.query(
                "explain select * from (\(LogWriter.SQL.contents)) probe",
                [
                    .int2Array([0]), .uuidArray(records[..<20].map { ($0.header.key.high, $0.header.key.low) }),
                    .timestamp(Samples.noon),
                ]
            ).map { $0.text(0) }.joined(separator: "\n")
            #expect(!plan.contains("Seq Scan"), "\(plan)")
        }
    }

    @Test func anExportHasALineAnEvent() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            var compressor = PayloadCompressor(.none)
            var payload: [UInt8] = []
            compressor.compress(Array("{\"a\":\n{\"sealed\":true}}".utf8).span, into: &payload)
            var record = Samples.record(3, name: "custom \"x\"")
            record.payload = payload
            _ = try LogWriter(connection).append([Samples.batch([record, Samples.record(4)])], lane: 0)
            var page = EventPage()
            try LogReader(connection).read(lane: 0, after: 0, limit: 10, into: &page)
            let decompressor = PayloadDecompressor(.none)
            var lines: [UInt8] = []
            var export = LogExport(.ndjson, decompressor: decompressor, domain: { $0 == 1 ? "a.example" : nil })
            for event in page.events { try export.append(event, of: page, lane: 0, to: &lines) }
            let text = String(decoding: lines, as: UTF8.self).split(separator: "\n")
            #expect(
                text.first == """
                    {"lane":0,"position":1,"shop":"a.example","event_id":"\(record.header.key.hex)",\
                    "kind":"custom \\"x\\"","source":"pixel","occurred_at":"2026-11-18T12:00:00.000Z",\
                    "received_at":"2026-11-18T12:00:01.500Z","visitor":"\(record.header.visitor.hex)",\
                    "payload":{"a": {"sealed":true}},"consent":{"analytics":true,"marketing":true,\
                    "preferences":true,"saleOfData":true,"stated":false}}
                    """)
            #expect(text.count == 2 && text[1].contains("\"payload\":null,"))
            var sheet = LogExport(.csv, decompressor: decompressor, domain: { _ in nil })
            var csv = sheet.heading
            for event in page.events { try sheet.append(event, of: page, lane: 0, to: &csv) }
            #expect(String(decoding: csv, as: UTF8.self).contains("\"{\"\"a\"\": {\"\"sealed\"\":true}}\",\""))
        }
    }

    @Test func anExportTellsTheConsentOfEachEvent() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            var denied = Samples.record(1)
            denied.header.flags = [.marketingConsent, .preferencesConsent, .consentStated]
            var webhook = Samples.record(2, name: "orders/create")
            webhook.header.source = .webhook
            _ = try LogWriter(connection).append([Samples.batch([denied, webhook])], lane: 0)
            var page = EventPage()
            try LogReader(connection).read(lane: 0, after: 0, limit: 10, into: &page)
            var export = LogExport(.ndjson, decompressor: PayloadDecompressor(.none), domain: { _ in nil })
            var lines: [UInt8] = []
            for event in page.events { try export.append(event, of: page, lane: 0, to: &lines) }
            let text = String(decoding: lines, as: UTF8.self).split(separator: "\n")
            let consent = #""consent":{"analytics":false,"marketing":true,"preferences":true,"saleOfData":false,"#
            #expect(text[0].hasSuffix(consent + #""stated":true}}"#))
            #expect(text[1].hasSuffix(#""consent":null}"#))
        }
    }

    @Test func statsCount() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            _ = try LogWriter(connection).append([Samples.batch([1, 1, 2])], lane: 3)
            let stats = try LogStats(connection)
            #expect(stats.events == 2 && stats.lanes.map(\.lane) == [0, 1, 2, 3] && stats.lanes[3].duplicates == 1)
            #expect(stats.bytes > 0 && stats.partitions.count >= 5)
        }
    }

    @Test func theKeeperMakesWeeksAhead() async throws {
        try await TestStores.shared.withDatabase { configuration in
            try await PartitionKeeper(configuration).ensure()
            let far =
                "select to_regclass('log.event_' || to_char(date_trunc('week', now() at time zone 'UTC') "
                + "+ interval '4 weeks', 'YYYYMMDD'))::text"
            #expect(try PostgresConnection(configuration).query(far).first?.textIfPresent(0) != nil)
        }
    }
}
