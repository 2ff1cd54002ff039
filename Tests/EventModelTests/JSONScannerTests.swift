import EventModel
import Testing

/// What a scan found, as "pointer=bytes".
private func found(_ text: String, _ pointers: [String]) throws -> [String] {
    var scanner = JSONScanner()
    let bytes = Array(text.utf8)
    try scanner.scan(bytes.span, pointers: PointerSet(pointers))
    return scanner.matches.map { "\($0.pointer)=\(String(decoding: bytes[$0.range], as: UTF8.self))" }
}

@Suite struct JSONScannerTests {
    @Test(arguments: [
        (#"{"a":1,"b":{"c":"x"}}"#, ["/a", "/b/c"], ["0=1", "1=\"x\""]),
        (#" { "b" : { "c" : [ 1 , true ] } } "#, ["/b/c", "/b/c/1"], ["0=[ 1 , true ]", "1=true"]),
        (#"{"a":1,"a":2}"#, ["/a"], ["0=1", "0=2"]),
        (#"{"\u0061":1,"a\/b":2,"m~n":3}"#, ["/a", "/a~1b", "/m~0n"], ["0=1", "1=2", "2=3"]),
        (#"[{"v":1},{"v":2},{"w":3}]"#, ["/*/v"], ["0=1", "0=2"]),
        (#"[10,11,12]"#, ["/1"], ["0=11"]),
        (#"{"1":"x"}"#, ["/1"], ["0=\"x\""]),
        (#"{"a":{"b":1},"c":2}"#, [""], ["0={\"a\":{\"b\":1},\"c\":2}"]),
        (#"{"":1}"#, ["/"], ["0=1"]),
    ])
    func findsPointers(text: String, pointers: [String], expected: [String]) throws {
        #expect(try found(text, pointers) == expected)
    }

    @Test(arguments: [
        (#"{"d":{"x":1,"y":[null,{"z":"s"}]},"e":5}"#, ["/d/**"], ["0=1", "0=null", "0=\"s\""]),
        (#"{"d":7}"#, ["/d/**"], ["0=7"]),
        (#"{"a":{"email":1,"b":[{"email":2}]},"email":3}"#, ["/**/email"], ["0=1", "0=2", "0=3"]),
        (#"{"a":{"b":{"c":1}},"b":{"c":2}}"#, ["/**/b/c", "/a/*/c"], ["0=1", "1=1", "0=2"]),
        (#"{"p":[{"name":"n","value":{"k":1}}]}"#, ["/**/p/**", "/p/*/name"], ["1=\"n\"", "0=\"n\"", "0=1"]),
        (#"{"a":{"b":1}}"#, ["/a/b", "/a/*", "/a/**"], ["0=1", "1=1", "2=1"]),
    ])
    func followsWildcards(text: String, pointers: [String], expected: [String]) throws {
        #expect(try found(text, pointers) == expected)
    }

    @Test func comparesLongKeysWhole() throws {
        let text = #"{"shippingAddress":1,"shippingAddresx":2,"shipping":3,"shippingAddressLonger":4}"#
        #expect(try found(text, ["/shippingAddress", "/shipping"]) == ["0=1", "1=3"])
    }

    @Test func readsKeysAtTheEndOfTheBuffer() throws {
        for padding in 0..<20 {
            let text = "{\"pad\":\"\(String(repeating: "x", count: padding))\",\"k\":1}"
            #expect(try found(text, ["/k"]) == ["0=1"])
            #expect(
                try found(#"{"longerThanEight":1}"# + String(repeating: " ", count: padding), ["/longerThanEight"])
                    .count == 1)
        }
    }

    @Test func scansARangeOfTheBytes() throws {
        var scanner = JSONScanner()
        let bytes = Array(#"xx{"a":1}yy"#.utf8)
        try scanner.scan(bytes.span, from: 2, to: 9, pointers: PointerSet(["/a"]))
        #expect(scanner.matches == [JSONMatch(pointer: 0, start: 7, end: 8, type: .number)])
    }

    @Test(arguments: ["a", "/~2", "/a~", "/**/**", "/items/32768"])
    func namesWhatIsWrongWithAPointer(pattern: String) {
        #expect(PointerSet.fault(in: pattern) != nil)
    }

    @Test func forgetsThePreviousText() throws {
        var scanner = JSONScanner()
        try scanner.scan(Array(#"{"a":1}"#.utf8).span, pointers: PointerSet(["/a"]))
        try scanner.scan(Array("{}".utf8).span, pointers: PointerSet(["/a"]))
        #expect(scanner.matches.isEmpty)
    }
}

@Suite struct JSONBodyTests {
    private func events(_ text: String, max: Int = 500) throws -> [String] {
        var scanner = JSONScanner()
        let bytes = Array(text.utf8)
        try scanner.scanEvents(bytes.span, pointers: PointerSet(["/id", "/events/*/id"]), elementsMax: max)
        return scanner.elements.map { element in
            let ids = scanner.matches[element.matches].filter { $0.pointer == 0 }
            let text = ids.map { String(decoding: bytes[$0.range], as: UTF8.self) }.joined(separator: ",")
            return "\(String(decoding: bytes[element.range], as: UTF8.self))#\(text)"
        }
    }

    @Test(arguments: [
        (#"{"id":1}"#, [#"{"id":1}#1"#]),
        (#"[{"id":1}, {"id":2,"x":[{"id":3}]}]"#, [#"{"id":1}#1"#, #"{"id":2,"x":[{"id":3}]}#2"#]),
        (#"{"events":[{"id":1},{"id":2}]}"#, [#"{"id":1}#1"#, #"{"id":2}#2"#]),
        (#"{"id":9,"\u0065vents":[{"id":1}],"z":{}}"#, [#"{"id":1}#1"#]),
        (#"{"name":"n","events":[{"id":1}],"id":4}"#, [#"{"name":"n","events":[{"id":1}],"id":4}#4"#]),
        (#"{"events":[{"id":1}],"events":[{"id":2}]}"#, [#"{"id":2}#2"#]),
        (#"{"events":7,"id":4}"#, [#"{"events":7,"id":4}#4"#]),
        ("[]", []), (#"{"events":[]}"#, []), ("{}", ["{}#"]), ("[1]", ["1#"]),
    ])
    func readsTheThreeForms(text: String, expected: [String]) throws {
        #expect(try self.events(text) == expected)
    }

    @Test(arguments: [
        ("1", JSONError.Code.notEvents), ("\"x\"", .notEvents), ("null", .notEvents), ("", .unexpectedEnd),
        ("[{}", .unexpectedEnd), ("[{}]x", .trailingBytes), ("[{},]", .unexpectedByte), ("\u{FEFF}[]", .byteOrderMark),
        (#"{"events":[{}"#, .unexpectedEnd), (#"{"events":[{}],}"#, .unexpectedByte), ("[{},{},{}]", .tooManyElements),
    ])
    func refusesTheRest(text: String, code: JSONError.Code) {
        let error = #expect(throws: JSONError.self) { try self.events(text, max: 2) }
        #expect(error?.code == code)
    }

    @Test func countsDepthOverTheWholeBody() {
        let deep = String(repeating: "[", count: 126) + String(repeating: "]", count: 126)
        #expect(throws: Never.self) { try self.events("{\"events\":[\(deep)]}") }
        #expect(throws: JSONError.self) { try self.events("{\"events\":[[\(deep)]]}") }
    }
}
