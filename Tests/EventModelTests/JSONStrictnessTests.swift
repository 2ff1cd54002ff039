import EventModel
import Testing

private func fault(_ bytes: [UInt8]) -> JSONError.Code? {
    var scanner = JSONScanner()
    do {
        try scanner.scan(bytes.span, pointers: PointerSet(["/a/b"]))
        return nil
    } catch {
        return error.code
    }
}

@Suite struct JSONStrictnessTests {
    @Test(arguments: [
        "0", "-0", "-0.0e-0", "1.5E+10", "123456789012345678901234567890", "true", "false", "null", "\"\"", "[]", "{}",
        " [ ] ", "\t{\r\n}\n", "[[[]]]", "\"\\u0000\\ud800\\/\\b\\f\\n\\r\\t\\\\\\\"\"", "\"\u{7f}\"", "\"ü€😀\"",
        "{\"\":{}}", "[1,2]", "\"eight by\"", "\"exactly sixteen!\"", "[\"\\uDBFF\\uDFFF\"]",
    ])
    func acceptsJSON(text: String) {
        #expect(fault(Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        ("", JSONError.Code.unexpectedEnd), (" ", .unexpectedEnd), ("[", .unexpectedEnd), ("{\"a\"", .unexpectedEnd),
        ("\"abc", .unexpectedEnd), ("tru", .unexpectedEnd), ("nul", .unexpectedEnd), ("\"\\", .unexpectedEnd),
        ("\"\\u12", .unexpectedEnd), ("[1,]", .unexpectedByte), ("{,}", .unexpectedByte),
        ("{\"a\":1,}", .unexpectedByte),
        ("{a:1}", .unexpectedByte), ("'a'", .unexpectedByte), ("[1 2]", .unexpectedByte), ("+1", .unexpectedByte),
        (".5", .unexpectedByte), ("NaN", .unexpectedByte), ("01", .badNumber), ("-", .badNumber), ("1.", .badNumber),
        ("1e", .badNumber), ("1e+", .badNumber), ("-a", .badNumber), ("1.e1", .badNumber), ("truE", .unexpectedByte),
        ("1 2", .trailingBytes), ("{}}", .trailingBytes), ("\"\\x\"", .badEscape), ("\"\\u12G4\"", .badEscape),
        ("\"a\u{01}\"", .controlCharacter), ("\"\n\"", .controlCharacter), ("\u{FEFF}{}", .byteOrderMark),
        ("\u{0C}1", .unexpectedByte), ("[\u{A0}]", .unexpectedByte), ("//x\n1", .unexpectedByte),
        ("{\"a\" 1}", .unexpectedByte),
    ])
    func refusesWhatIsNot(text: String, code: JSONError.Code) {
        #expect(fault(Array(text.utf8)) == code)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xEF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xFF],
            [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x98], [0xC3, 0x28], [0xE2, 0x82], [0xF0, 0x9F, 0x28, 0x80],
        ] as [[UInt8]])
    func refusesBrokenUTF8(sequence: [UInt8]) {
        for padding in 0..<18 {
            let text = Array(repeating: UInt8(ascii: "x"), count: padding)
            #expect(fault([0x22] + text + sequence + text + [0x22]) == .invalidUTF8)
            #expect(fault(Array("{\"".utf8) + text + sequence + Array("\":1}".utf8)) == .invalidUTF8)
        }
    }

    @Test func acceptsEveryScalar() {
        for value in stride(from: UInt32(0x20), through: 0x10FFFF, by: 61) {
            guard let scalar = Unicode.Scalar(value), value != 0x22, value != 0x5C else { continue }
            #expect(fault(Array("\"\(Character(scalar))\"".utf8)) == nil)
        }
    }

    @Test func limitsDepth() {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        #expect(fault(nested(JSONScanner.depthMax, "[", "]")) == nil)
        #expect(fault(nested(JSONScanner.depthMax + 1, "[", "]")) == .tooDeep)
        #expect(fault(nested(JSONScanner.depthMax + 1, "{\"a\":", "}")) == .tooDeep)
        #expect(fault(Array(repeating: UInt8(ascii: "["), count: 1 << 20)) == .tooDeep)
    }
}
