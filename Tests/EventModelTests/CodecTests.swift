import EventModel
import Testing

@Suite struct CodecTests {
    /// Published vectors of XXH64 with seed 0.
    @Test(
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func checksumIsXXH64(text: String, hash: UInt64) {
        #expect(Checksum.xxh64(Array(text.utf8).span) == hash)
    }

    static let sample = Array(
        #"{"id":"sh-1","name":"page_viewed","clientId":"c7b3f99b","context":{"document":{"title":"Home"}}}"#.utf8)

    @Test func payloadsComeBackWithAnyDictionary() throws {
        let dictionaries = PayloadDictionaries([1: Array(Self.sample.dropLast(20)), 3: Self.sample])
        var newest = PayloadCompressor(dictionaries)
        var none = PayloadCompressor(.none)
        #expect(newest.version == 3 && none.version == 0)
        for payload in [[], [0x7B], Self.sample, Array(repeating: 0x61, count: 300_000)] as [[UInt8]] {
            var block: [UInt8] = [9, 9]
            newest.compress(payload.span, into: &block)
            var plain: [UInt8] = []
            none.compress(payload.span, into: &plain)
            var output: [UInt8] = [1, 2, 3]
            let reader = PayloadDecompressor(dictionaries)
            try reader.open(block.span.extracting(droppingFirst: 2), dictionary: 3, into: &output)
            #expect(output == payload)
            try reader.open(plain.span, dictionary: 0, into: &output)
            #expect(output == payload)
        }
    }

    /// liblz4 reads whatever is written, with dictionaries shorter than a match and longer than LZ4 looks back.
    @Test(arguments: [0, 1, 3, 7, 8, 9, 30, 4_000, 65_536, 80_000]) func blocksAreReadByLZ4(dictionaryBytes: Int) throws
    {
        var random = SystemRandomNumberGenerator()
        let words = (0..<200).map { _ in Self.noise(Int.random(in: 1...40, using: &random)) }
        func text(_ count: Int) -> [UInt8] {
            var text: [UInt8] = []
            while text.count < count { text += words.randomElement(using: &random) ?? [] }
            return Array(text.prefix(count))
        }
        let dictionaries = PayloadDictionaries([7: text(dictionaryBytes)])
        var compressor = PayloadCompressor(dictionaries)
        let reader = PayloadDecompressor(dictionaries)
        var output: [UInt8] = []
        for round in 0..<120 {
            let payload =
                switch round % 6 {
                case 0: Self.noise(Int.random(in: 0...60, using: &random))
                case 1: [UInt8](repeating: 7, count: Int.random(in: 0...600, using: &random))
                case 2 where round < 3: text(200_000)
                default: text(Int.random(in: 0...3_000, using: &random))
                }
            var block: [UInt8] = []
            compressor.compress(payload.span, into: &block)
            try reader.open(block.span, dictionary: compressor.version, into: &output)
            try #require(output == payload)
        }
    }

    private static func noise(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255) } }

    @Test func dictionaryShrinksASingleEvent() {
        var trainer = DictionaryTrainer()
        for index in 0..<50 {
            trainer.add(sample: Self.sample + Array(#"{"seq":\#(index * 7919)}"#.utf8))
        }
        let dictionary = trainer.train(bytes: 4096)
        #expect(dictionary.count <= 4096 && !dictionary.isEmpty)
        var with = PayloadCompressor(PayloadDictionaries([1: dictionary]))
        var without = PayloadCompressor(.none)
        var (small, large) = ([UInt8](), [UInt8]())
        with.compress(Self.sample.span, into: &small)
        without.compress(Self.sample.span, into: &large)
        #expect(small.count * 2 < large.count)
    }

    @Test func bombsAndDamageAreErrors() {
        let reader = PayloadDecompressor(.none)
        var output: [UInt8] = []
        #expect(throws: PayloadDecompressor.Failure.tooLarge(0x7FFF_FFFF)) {
            try reader.open([0xFF, 0xFF, 0xFF, 0x7F, 0].span, dictionary: 0, into: &output)
        }
        #expect(throws: PayloadDecompressor.Failure.unknownDictionary(9)) {
            try reader.open([0, 0, 0, 0, 0].span, dictionary: 9, into: &output)
        }
        #expect(throws: PayloadDecompressor.Failure.damaged) {
            try reader.open([8, 0, 0, 0, 0x10, 0x61].span, dictionary: 0, into: &output)
        }
    }

    @Test func keysSortByTimeAndKeepIt() {
        let early = EventKey.make(timeMillis: 1_700_000_000_000, hash: Key128(high: .max, low: .max))
        let late = EventKey.make(timeMillis: 1_700_000_000_001, hash: .zero)
        #expect(early < late && EventKey.timeMillis(early) == 1_700_000_000_000)
        #expect(Key128(hex: early.hex) == early && Key128(bytes: early.bytes) == early)
        #expect(Key128(hex: "+0000000000000000000000000000000") == nil)
    }
}
