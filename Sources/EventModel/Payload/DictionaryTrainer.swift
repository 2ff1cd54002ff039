/// Builds a shared dictionary from sample payloads, from its end to its beginning: of many stretches of the samples,
/// the one is put in front with which the encoder makes other samples smallest, and so on until nothing helps any more.
///
/// The encoder itself is the judge, because its index decides what is found: it remembers 4,096 places of a dictionary
/// and of those with one hash the last, and it looks at every third byte only. Trained by what samples have in common,
/// without asking the encoder, a dictionary of the same size left payloads a third larger.
package struct DictionaryTrainer {
    /// A multiple of three, so that what stands behind a new stretch is indexed at the same places as before. Long enough
    /// for the frame of an event, short enough to leave out what differs; 96 to 1,023 bytes were tried.
    private static let stretchBytes = 510
    /// Tries for one stretch, and rounds without a gain after which nothing more is expected.
    private static let triesMax = 200
    private static let missesMax = 10
    /// Samples that judge; the rest gives the stretches.
    private static let judgesMax = 800
    /// A try that gains nothing with the first of so many parts of the judges is given up.
    private static let parts = 8

    private var samples: [[UInt8]] = []
    private var draws: UInt64 = 0

    package init() {}

    package mutating func add(sample: [UInt8]) { samples.append(sample) }

    /// At most `bytes` bytes; fewer where the samples hold little that repeats. Deterministic for equal samples; takes
    /// about a minute for 64 KiB.
    package mutating func train(bytes limit: Int) -> [UInt8] {
        let step = max(2, samples.count / Self.judgesMax)
        let judges = stride(from: 0, to: samples.count, by: step).map { samples[$0] }
        let sources = samples.indices.filter { $0 % step != 0 }.map { samples[$0] }.filter { $0.count >= 3 }
        guard !sources.isEmpty else { return [] }
        var dictionary: [UInt8] = []
        var misses = 0
        while misses < Self.missesMax {
            if let better = bestOf(sources, before: dictionary, limit, judges) {
                dictionary = better
                misses = 0
            } else {
                misses += 1
            }
        }
        return dictionary
    }

    /// The dictionary with a stretch more; nil where none of those that were tried helps or fits.
    private mutating func bestOf(
        _ sources: [[UInt8]], before dictionary: [UInt8], _ limit: Int, _ judges: [[UInt8]]
    ) -> [UInt8]? {
        let part = max(1, judges.count / Self.parts)
        let partSize = Self.size(of: judges[..<part], dictionary)
        var least = partSize + Self.size(of: judges[part...], dictionary)
        var best: [UInt8]?
        for _ in 0..<Self.triesMax {
            let candidate = stretch(of: sources[draw(sources.count)]) + dictionary
            guard candidate.count <= limit else { continue }
            var size = Self.size(of: judges[..<part], candidate)
            guard size < partSize else { continue }
            size += Self.size(of: judges[part...], candidate)
            if size < least { (least, best) = (size, candidate) }
        }
        return best
    }

    private mutating func stretch(of sample: [UInt8]) -> [UInt8] {
        let count = min(Self.stretchBytes, sample.count / 3 * 3)
        let start = draw(sample.count - count + 1)
        return Array(sample[start..<start + count])
    }

    /// The next of a fixed row of numbers below `bound` that look random: SplitMix64.
    private mutating func draw(_ bound: Int) -> Int {
        draws &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (draws ^ draws >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }

    private static func size(of payloads: ArraySlice<[UInt8]>, _ dictionary: [UInt8]) -> Int {
        var compressor = PayloadCompressor(PayloadDictionaries([1: dictionary]))
        var blocks: [UInt8] = []
        for payload in payloads { compressor.compress(payload.span, into: &blocks) }
        return blocks.count
    }
}
