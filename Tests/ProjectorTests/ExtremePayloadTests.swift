import EventLog
import EventModel
import Pipelines
import Postgres
import Privacy
import ReadModels
import TestSupport
import Testing

/// One event must never end the projector: it would end it again after every restart.
@Suite struct ExtremePayloadTests {
    @Test(arguments: [
        ("1e-9223372036854775808", Int64?.none), ("1e9223372036854775807", nil), ("1e1000", nil), ("1e1001", nil),
        ("0e1000", 0), ("1e-1000", 0), ("9e-3", 1), ("-92233720368547758.07", -9_223_372_036_854_775_807),
        ("92233720368547758.08", nil),
    ])
    func moneyHasNoTraps(text: String, minor: Int64?) {
        #expect(MinorUnits.parse(text.utf8, exponent: 2) == minor)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func everyPayloadGivesFactsOrAnError(seed: UInt64) {
        var payloads = ExtremePayloads(seed: seed)
        var reader = FactReader(TestRules.rules)
        var timeline = VisitorTimeline()
        var (read, refused) = (0, 0)
        for number in 1...120 {
            let (header, name, payload) = payloads.event(number)
            let envelope = FactReader.Envelope(
                position: Position(number), header: header, kind: reader.kind(header.source, name))
            do {
                let facts = try reader.read(envelope, payload: payload.span, handles: SealedHandles())
                read += 1
                if facts.isVisit { timeline.insert(facts) { _ in [] } }
            } catch {
                refused += 1
            }
        }
        for visit in timeline.visits { #expect(!visit.state.encoded().isEmpty) }
        #expect(read > 60 && refused > 0)
    }

    @Test func everyFoldTakesThem() async throws {
        try await TestLog.with { log in
            var payloads = ExtremePayloads(seed: 99)
            var compressor = PayloadCompressor(.none)
            var builder = EventBatchBuilder()
            for number in 1...300 {
                let (header, name, payload) = payloads.event(number)
                var block: [UInt8] = []
                compressor.compress(payload.span, into: &block)
                var bytes: [UInt8] = []
                EventRecord(header: header, name: name, payload: block, sealed: []).encode(into: &bytes)
                builder.append(record: bytes.span)
            }
            _ = try LogWriter(log.connection).append([builder.finish()], lane: TestLog.lane)
            try await log.project(batchSize: 100)
            for name in ["sessions", "pages", "shops", "leads", "orders", "products", "customers", "carts"] {
                #expect(try log.number("select position from \(name).checkpoint") == 300)
            }
            #expect(try log.number("select count(*) from projection.waiting where reason like 'refused%'") == 0)
            #expect(try log.number("select count(*) from orders.shop_order") > 0)
            #expect(try log.number("select count(*) from products.product") > 0)
            #expect(try log.number("select count(*) from carts.cart") > 0)
        }
    }

    @Test func whatTheDatabaseRefusesWaitsAlone() async throws {
        try await TestLog.with { log in
            try log.connection.execute(
                """
                create function refuse() returns trigger language plpgsql as $$
                    begin raise exception 'no' using errcode = '22003'; end $$;
                create trigger refuse before insert on pages.event_delta for each row when ('/poison' = any(new.value))
                    execute function refuse()
                """)
            let start: Int64 = 1_790_000_000_000
            let events = (0..<40).map { number in
                TestEvent(
                    visitor: UInt64(number % 8), time: start + Int64(number) * 1000,
                    path: number == 13 ? "/poison" : "/page")
            }
            try log.append(events)
            try await log.project()
            try await log.project()
            for name in ["sessions", "pages", "shops"] {
                #expect(try log.number("select position from \(name).checkpoint") == 40)
                // The event itself, and the three that its visitor sent later.
                #expect(try log.number("select count(*) from projection.waiting where projection = '\(name)'") == 4)
            }
            #expect(try log.number("select sum(events)::int8 from shops.shop") == 36)
            #expect(try log.number("select count(*) from projection.waiting where reason like 'refused%22003'") == 8)
        }
    }

    @Test func whatIsRememberedIsBoundedByBytes() {
        var cache = ByteCache<Int>()
        for number in 0..<1_200 {
            let text = Array("\(number)".utf8) + Array(repeating: UInt8(ascii: "x"), count: 1_900)
            #expect(cache.value(for: text.span) { $0.count } == text.count)
            if cache.bytes > ByteCache<Int>.bytesMax + 2_100 { Issue.record("too much is remembered") }
        }
        let (before, long) = (cache.bytes, Array(repeating: UInt8(ascii: "x"), count: 250 << 10))
        #expect(cache.value(for: long.span) { $0.count } == long.count)
        #expect(cache.bytes == before)
    }

    @Test func aPageEndsWithItsBytes() async throws {
        try await TestLog.with { log in
            var random = SplitMix(5)
            var builder = EventBatchBuilder()
            for number in 0..<30 {
                let (header, name, _) = ExtremePayloads.plain(number)
                // A size that is opened, then anything.
                let payload = [0xA0, 0x86, 1, 0] + (4..<100_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                var bytes: [UInt8] = []
                EventRecord(header: header, name: name, payload: payload, sealed: []).encode(into: &bytes)
                builder.append(record: bytes.span)
            }
            _ = try LogWriter(log.connection).append([builder.finish()], lane: TestLog.lane)
            let reader = LogReader(log.connection)
            var page = EventPage()
            var counts: [Int] = []
            var after: Position = 0
            while try reader.read(lane: TestLog.lane, after: after, limit: 1000, bytesMax: 1 << 20, into: &page) > 0 {
                #expect(page.bytes.count < 1 << 20 + 100_001)
                counts.append(page.count)
                after = page.lastPosition ?? .max
            }
            #expect(counts == [11, 11, 8])
        }
    }

    @Test func aHostOfManyNamesIsNone() {
        let host = String(repeating: "a.", count: 100_000) + "example"
        #expect(WebAddress("https://\(host)/x").host.isEmpty)
        #expect(ReferenceLists().site(host: host) == nil)
    }
}
