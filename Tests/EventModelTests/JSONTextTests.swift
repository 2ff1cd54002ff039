import EventModel
import Testing

@Suite struct JSONTextTests {
    /// The one value in `text`.
    private func value<T>(_ text: String, _ read: (Span<UInt8>, JSONMatch) -> T) throws -> T {
        var scanner = JSONScanner()
        let bytes = Array(text.utf8)
        try scanner.scan(bytes.span, pointers: PointerSet([""]))
        return read(bytes.span, try #require(scanner.matches.first))
    }

    @Test(arguments: [
        (#""plain""#, "plain"), (#""a\u0000b""#, "ab"), (#""\ud83d\ude00""#, "😀"), (#""\ud800x""#, "\u{FFFD}x"),
        (#""\ude00""#, "\u{FFFD}"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{08}\u{0C}\n\r\t"), (#""\u00fc€""#, "ü€"),
        (#""\ud800\u0041""#, "\u{FFFD}A"), (#""""#, ""),
    ])
    func readsStrings(text: String, expected: String) throws {
        #expect(try self.value(text, JSONText.string) == expected)
    }

    @Test(arguments: ["1", "null", "[]", "true"])
    func readsNoStringFromOtherTypes(text: String) throws {
        #expect(try self.value(text, JSONText.string) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("-9223372036854775808", Int64.min), ("9223372036854775807", .max), ("9223372036854775808", nil),
            ("820982911946154508", 820_982_911_946_154_508), (#""42""#, 42), ("1.0", nil), ("1e3", nil), (#""""#, nil),
            ("null", nil), ("-1", -1), (#""-""#, nil), ("18446744073709551616", nil),
        ] as [(String, Int64?)])
    func readsIntegers(text: String, expected: Int64?) throws {
        #expect(try self.value(text, JSONText.int64) == expected)
    }

    @Test(
        arguments: [
            ("1499.9", "1499.9"), (#""404.95""#, "404.95"), ("0", "0"), ("1e2", "1e2"), (#""1.5.5""#, nil),
            (#""x""#, nil),
            (#"" 1""#, nil), ("27.27", "27.27"), (#""-0.10""#, "-0.10"), ("true", nil),
        ] as [(String, String?)])
    func keepsDecimalsAsWritten(text: String, expected: String?) throws {
        #expect(try self.value(text, JSONText.decimalText) == expected)
    }

    @Test func readsDoubles() throws {
        #expect(try self.value("1050.2857666015625", JSONText.double) == 1050.2857666015625)
        #expect(try self.value("1e999", JSONText.double) == nil)
    }

    @Test(arguments: [
        ("null", true), (#""""#, true), ("[]", true), ("[ \n]", true), ("{ }", true), ("false", true), ("0", false),
        ("true", false), (#"" ""#, false), ("[0]", false), (#"{"a":null}"#, false),
    ])
    func knowsEmptyValues(text: String, isEmpty: Bool) throws {
        #expect(try self.value(text, JSONText.isEmptyValue) == isEmpty)
    }

    @Test func comparesTexts() throws {
        #expect(try self.value(#""page_viewed""#) { JSONText.equals($0, $1, "page_viewed") })
        #expect(try !self.value(#""page_viewes""#) { JSONText.equals($0, $1, "page_viewed") })
    }
}
