import Foundation
import TestSupport
import Testing

/// A small generator with a seed (SplitMix64), so that a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Texts to try a reader of JSON with.
enum JSONCorpus {
    private static let pieces: [[UInt8]] =
        [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "\\u", "\\ud800", "1e5", "-", "null", "é", " ", "\u{01}", "0",
            ".", "@",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0]]

    static func documents() throws -> [[UInt8]] {
        let vectors = try JSONSerialization.jsonObject(with: Vectors.load("pixel_events")) as? [String: Any]
        let cases = try #require(vectors?["cases"] as? [[String: Any]])
        let events = try cases.compactMap {
            try $0["event"].map { try JSONSerialization.data(withJSONObject: $0, options: .sortedKeys) }
        }
        return events.map { Array($0) } + [
            Array(#"[1,-2.5e-3,"\ud83d\ude00",{"a":[true,false,null]},"ü€😀"]"#.utf8), Array("{}".utf8),
            Array("\"\"".utf8),
        ]
    }

    static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...30, using: &random)))
            default: bytes.removeSubrange(Int.random(in: place...bytes.count, using: &random)...)
            }
        }
    }
}
