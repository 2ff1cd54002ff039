import EventModel
import Foundation
import TestSupport
import Testing

/// A small generator with a seed (SplitMix64), so that a failure can be had again.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct JSONFuzzTests {
    private static let rounds = 8_000
    private static let pieces: [[UInt8]] =
        [
            "\"", "\\", "{", "}", "[", "]", ",", ":", "\\u", "\\ud800", "1e5", "-", "null", "é", " ", "\u{01}", "0",
            ".", "@",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0]]

    private func documents() throws -> [[UInt8]] {
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

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
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

    /// Foundation reads some texts otherwise than RFC 8259 says: it takes a byte order mark, other encodings and a
    /// comma before a closing bracket, refuses lone surrogates and numbers that overflow, and has another depth limit.
    private func isComparable(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return !bytes.contains(0) && !bytes.starts(with: [0xEF, 0xBB]) && !text.contains("\\u") && !text.contains("\\U")
            && text.range(of: #"[eE][+-]?\d{3}|\d{200}|,\s*[}\]]"#, options: .regularExpression) == nil
            && !bytes.starts(with: [0xFF]) && !bytes.starts(with: [0xFE])
    }

    @Test(arguments: [1, 2] as [UInt64]) func agreesWithFoundationOnMutatedDocuments(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let documents = try self.documents()
        let pointers = PointerSet(["/id", "/data/**", "/**/email", "/*/1", "/context/document/location/href", ""])
        var scanner = JSONScanner()
        for round in 0..<Self.rounds {
            var bytes = try #require(documents.randomElement(using: &random))
            self.mutate(&bytes, &random)
            var isValid = true
            do { try scanner.scan(bytes.span, pointers: pointers) } catch { isValid = false }
            for match in scanner.matches where isValid {
                try #require(match.start >= 0 && match.start < match.end && match.end <= bytes.count)
            }
            // Foundation is slow: a part of the rounds is compared.
            guard round % 5 == 0, self.isComparable(bytes) else { continue }
            let reference = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(
                isValid == (reference != nil), "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))"
            )
        }
    }

    @Test func neverReadsBehindAnyPrefix() throws {
        var scanner = JSONScanner()
        let pointers = PointerSet(["/context/**", "/**/amount"])
        for document in try self.documents().prefix(12) {
            for length in stride(from: 0, to: document.count, by: 11) {
                // An array of its own, so that a read behind the end would be one behind the allocation.
                let bytes = Array(document.prefix(length))
                #expect(throws: JSONError.self) { try scanner.scan(bytes.span, pointers: pointers) }
                do { try scanner.scanEvents(bytes.span, pointers: pointers, elementsMax: 5) } catch { continue }
                Issue.record("a cut document was accepted")
            }
        }
    }

    @Test func findsWhatFoundationFinds() throws {
        var scanner = JSONScanner()
        for document in try self.documents() {
            try scanner.scan(document.span, pointers: PointerSet(["/**"]))
            let reference = try JSONSerialization.jsonObject(with: Data(document), options: .fragmentsAllowed)
            #expect(scanner.matches.count == self.scalars(reference))
            for match in scanner.matches where match.type == .string {
                let data = Data(document[match.range])
                let text = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) as? String
                #expect(JSONText.string(document.span, match) == text)
            }
        }
    }

    private func scalars(_ value: Any) -> Int {
        switch value {
        case let object as [String: Any]: object.values.reduce(0) { $0 + self.scalars($1) }
        case let list as [Any]: list.reduce(0) { $0 + self.scalars($1) }
        default: 1
        }
    }
}
