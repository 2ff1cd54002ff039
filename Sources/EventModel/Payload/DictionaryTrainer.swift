/// Builds a shared dictionary from sample payloads: the stretches of bytes that occur in the most samples, the most
/// valuable last, because LZ4 codes near matches as cheaply as far ones but keeps only the last 64 KiB in reach.
///
/// The method is that of cover-type trainers: score every stretch by how many samples hold its 8-byte words, take the
/// best of each part of the sample text, let the words it covers count no more, and go on.
package struct DictionaryTrainer {
    /// Bytes of one stretch: long enough for a run of JSON keys, short enough to leave out what differs.
    private static let stretchBytes = 64
    private static let wordBytes = 8

    private var text: [UInt8] = []
    private var sampleStarts: [Int] = []

    package init() {}

    package mutating func add(sample: [UInt8]) {
        sampleStarts.append(text.count)
        text.append(contentsOf: sample)
    }

    /// At most `bytes` bytes; fewer where the samples hold little that repeats. Deterministic for equal samples.
    package func train(bytes limit: Int) -> [UInt8] {
        guard text.count > Self.stretchBytes else { return [] }
        var weights = wordWeights()
        var chosen: [(score: Int, range: Range<Int>)] = []
        var size = 0
        let wanted = max(1, limit / Self.stretchBytes)
        while size + Self.stretchBytes <= limit {
            let before = size
            for part in parts(wanted) {
                guard size + Self.stretchBytes <= limit, let best = bestStretch(in: part, weights) else { continue }
                for offset in best.range where offset + Self.wordBytes <= text.count {
                    weights[word(at: offset)] = 0
                }
                chosen.append(best)
                size += Self.stretchBytes
            }
            if size == before { break }
        }
        return chosen.sorted { ($0.score, $0.range.lowerBound) < ($1.score, $1.range.lowerBound) }
            .flatMap { text[$0.range] }
    }

    private func word(at offset: Int) -> UInt64 { text.integer(at: offset) }

    /// How many samples hold each word; words of one sample only weigh nothing.
    private func wordWeights() -> [UInt64: Int] {
        var weights: [UInt64: Int] = [:]
        for (index, start) in sampleStarts.enumerated() {
            let end = index + 1 < sampleStarts.count ? sampleStarts[index + 1] : text.count
            guard end - start >= Self.wordBytes else { continue }
            for word in Set((start...end - Self.wordBytes).map(word(at:))) { weights[word, default: 0] += 1 }
        }
        return weights.filter { $0.value > 1 }
    }

    private func parts(_ count: Int) -> [Range<Int>] {
        let step = max(Self.stretchBytes * 2, text.count / count)
        return stride(from: 0, to: text.count, by: step).map { $0..<min($0 + step, text.count) }
    }

    private func bestStretch(in part: Range<Int>, _ weights: [UInt64: Int]) -> (score: Int, range: Range<Int>)? {
        let words = Self.stretchBytes - Self.wordBytes + 1
        guard part.count >= Self.stretchBytes else { return nil }
        let scores = (part.lowerBound...part.upperBound - Self.wordBytes).map { weights[word(at: $0)] ?? 0 }
        var score = scores[0..<words].reduce(0, +)
        var best = (score: score, start: 0)
        for start in 1..<max(1, scores.count - words + 1) {
            score += scores[start + words - 1] - scores[start - 1]
            if score > best.score { best = (score, start) }
        }
        guard best.score > 0 else { return nil }
        let start = part.lowerBound + best.start
        return (best.score, start..<start + Self.stretchBytes)
    }
}
