import EventModel
import Testing

/// The scanner against `PlainJSON`: the same values, the same faults at the same places.
@Suite struct JSONReferenceTests {
    private static let rounds = 800

    private struct Outcome: Equatable {
        var scalars: [Range<Int>] = []
        var fault: JSONError?
    }

    private let everything = PointerSet(["/**"])

    private func compare(
        _ bytes: [UInt8], from: Int = 0, to: Int? = nil, _ scanner: inout JSONScanner, _ note: @autoclosure () -> String
    ) {
        var (found, expected) = (Outcome(), Outcome())
        do {
            try scanner.scan(bytes.span, from: from, to: to, pointers: self.everything)
            found.scalars = scanner.matches.map(\.range)
        } catch { found.fault = error }
        do {
            expected.scalars = try PlainJSON(bytes, from: from, to: to ?? bytes.count).scalars
        } catch { expected.fault = error }
        if found != expected { Issue.record("\(found), expected \(expected): \(note())") }
    }

    @Test(arguments: [3, 4] as [UInt64]) func agreeOnMutatedDocuments(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        var scanner = JSONScanner()
        let documents = try JSONCorpus.documents()
        for round in 0..<Self.rounds {
            var bytes = try #require(documents.randomElement(using: &random))
            if round % 8 > 0 { JSONCorpus.mutate(&bytes, &random) }
            // What lies around is not looked at.
            let before = [UInt8](repeating: UInt8(ascii: "\""), count: Int.random(in: 0...130, using: &random))
            let end = before.count + bytes.count
            self.compare(
                before + bytes + before, from: before.count, to: end, &scanner,
                "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    /// Everything that ends the plain part of a string, at each place of the words that it is marked in.
    @Test(arguments: [
        "\"", "\\\"", "\\u00e9", "\\x", "é", "語", "😀", "é語😀é", "\u{01}", "\u{7F}", "\\", "",
    ])
    func agreeOnEachPlaceOfAString(special: String) {
        var scanner = JSONScanner()
        for padding in 0..<80 {
            let plain = String(repeating: "p", count: padding)
            let string = "\"\(plain)\(special)\(plain)\""
            for text in [string, "{\(string):1}", "[\"\(plain)\(special)"] {
                self.compare(Array(text.utf8), &scanner, text)
            }
        }
    }

    @Test func agreeOnNumbersOfEveryLength() {
        var scanner = JSONScanner()
        for length in 0..<40 {
            let digits = String(repeating: "7", count: length)
            let texts = [digits, "-\(digits)", "0\(digits)", "1.\(digits)", "[\(digits)e\(digits)]", "1E-\(digits)/"]
            for text in texts { self.compare(Array(text.utf8), &scanner, text) }
        }
    }

    @Test func agreeOnOtherBytesInPlaceOfEach() {
        var scanner = JSONScanner()
        let text = Array(#"{"key":["string \u00e9",-12.5e+3,true,false,null,{}],"é":{"a" : 1 }} "#.utf8)
        for place in text.indices {
            for byte in stride(from: UInt8(place % 3), through: 252, by: 3) {
                var changed = text
                changed[place] = byte
                self.compare(changed, &scanner, "\(byte) at \(place)")
            }
        }
    }
}
