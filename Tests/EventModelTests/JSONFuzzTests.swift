import EventModel
import Foundation
import Testing

@Suite struct JSONFuzzTests {
    private static let rounds = 8_000

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
        let documents = try JSONCorpus.documents()
        let pointers = PointerSet(["/id", "/data/**", "/**/email", "/*/1", "/context/document/location/href", ""])
        var scanner = JSONScanner()
        for round in 0..<Self.rounds {
            var bytes = try #require(documents.randomElement(using: &random))
            JSONCorpus.mutate(&bytes, &random)
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
        for document in try JSONCorpus.documents().prefix(12) {
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
        for document in try JSONCorpus.documents() {
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
