import EventModel
import Testing

@testable import EventLog

/// Bytes that are stored for ever, and bytes that nobody promised to be any good.
@Suite struct FormatTests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static let record = EventRecord(
        header: EventHeader(
            shop: 7, source: .webhook, flags: [.analyticsConsent, .bot], visitorKind: .customer, dictionary: 2,
            country: CountryCode("de"), occurredAt: 1_700_000_000_123, receivedAt: 1_700_000_000_456,
            key: Key128(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10), content: 0xA1A2_A3A4_A5A6_A7A8,
            visitor: Key128(high: 1, low: 2)),
        name: "orders/create", payload: [1, 2, 3], sealed: [4, 5])

    @Test func aRecordsBytes() {
        var bytes: [UInt8] = []
        Self.record.encode(into: &bytes)
        #expect(
            Self.hex(bytes)
                == """
                62000000070000000321030245440d017b68e5cf8b010000c869e5cf8b010000
                0807060504030201100f0e0d0c0b0a09a8a7a6a5a4a3a2a101000000000000000200000000000000
                0300000002000000
                6f72646572732f637265617465
                0102030405
                """.filter { $0 != "\n" })
        #expect(EventRecordView(bytes.span, at: 0)?.copy(from: bytes) == Self.record)
    }

    @Test func aBatchsBytes() throws {
        let key = SubjectKeyGrant(
            shop: 7, keyID: Key128(high: 1, low: 2), handleKind: 3, handle: Key128(high: 4, low: 5), wrapped: [6])
        let bytes = Samples.batch(
            [Self.record], aliases: [0: [Key128(high: 8, low: 9)]], keys: [key],
            tallies: [RefusalTally(shop: 7, reason: .tooOld, count: 3)])
        // Magic, checksum, counts; then tallies, keys, aliases; then records as they are.
        let parts = [
            "46464231", "f6ab6ccbe3558a42", "0100010001000100", "070000000603000000",
            "07000000010000000000000002000000000000000304000000000000000500000000000000", "0106",
            "000008000000000000000900000000000000",
        ]
        #expect(Self.hex(Array(bytes[..<86])) == parts.joined())
        var record: [UInt8] = []
        Self.record.encode(into: &record)
        #expect(Array(bytes[86...]) == record)
        let batch = try EventBatch(bytes)
        #expect(batch.keys == [key] && batch.aliases.count == 1 && batch.tallies.count == 1)
    }

    @Test func theAccountingsBytes() {
        var sheet = TallySheet()
        sheet.count(7) { tally in
            tally.received = 9
            tally.committed = 5
            tally.duplicate = 3
            tally.quarantined = -1
            tally.refused = 2
        }
        sheet.count(2) { $0.refused = 1 }
        #expect(
            Self.hex(sheet.packed) == "020000000000000000000000000000000000000001000000"
                + "07000000090000000500000003000000ffffffff02000000")
        #expect(TallySheet(packed: sheet.packed) == sheet)
        #expect(TallySheet(packed: [1, 2, 3]).shops.isEmpty)
    }

    /// The decoder gets whole batches with bytes changed, cut off, put in and with a fitting checksum again: it must
    /// answer or refuse, and what it answers must lie inside the bytes.
    @Test(arguments: 0..<8) func noBytesMakeTheBatchDecoderTrap(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let key = SubjectKeyGrant(
            shop: 7, keyID: Key128(high: 1, low: 2), handleKind: 3, handle: Key128(high: 4, low: 5), wrapped: [6, 7])
        let whole = Samples.batch(
            (0..<6).map { Samples.record($0) }, aliases: [2: [Key128(high: 8, low: 9)]], keys: [key],
            tallies: [RefusalTally(shop: 7, reason: .tooOld, count: 3)])
        var planner = AppendPlanner(lane: 0)
        for _ in 0..<4000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: bytes.removeSubrange(index...)
                case 2: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0x7F], at: index)
                default: bytes[index] = 0xFF
                }
                if bytes.isEmpty { break }
            }
            if bytes.count > 12 {
                bytes.replaceSubrange(4..<12, with: withChecksum(bytes))
            }
            let plan = planner.plan([AppendEntry(bytes: bytes)])
            #expect(plan.entryCount == 1)
            for event in plan.events {
                let batch = try #require(plan.batch(event.entry))
                #expect(batch.records[Int(event.record)].sealed.upperBound <= bytes.count)
            }
        }
    }

    private func withChecksum(_ bytes: [UInt8]) -> [UInt8] {
        var checksum: [UInt8] = []
        checksum.appendInteger(Checksum.xxh64(bytes.span, from: 12))
        return checksum
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
