import EventModel
import Testing

@Suite struct ByteFinderTests {
    @Test func `the first place is found in every range`() {
        let text = Array("a=b&c=d\0=".utf8)
        for from in 0...text.count {
            for to in from...text.count {
                let expected = text[from..<to].firstIndex(of: UInt8(ascii: "=")) ?? to
                #expect(ByteFinder.first(UInt8(ascii: "="), in: text.span, from: from, to: to) == expected)
                let zero = text[from..<to].firstIndex(of: 0) ?? to
                #expect(ByteFinder.first(0, in: text.span, from: from, to: to) == zero)
            }
        }
        let empty: [UInt8] = []
        #expect(ByteFinder.first(1, in: empty.span, from: 0, to: 0) == 0)
    }
}
