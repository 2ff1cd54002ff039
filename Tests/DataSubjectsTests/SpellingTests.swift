import Cryptography
import EventModel
import Foundation
import Postgres
import Registry
import TestSupport
import Testing

@testable import DataSubjects

@Suite("Spellings that a search knows")
struct SpellingTests {
    private static let text = "anna+b=1@mail.example"

    /// The text in each of them.
    static let spellings: [String] = [
        text, "anna%2Bb%3D1%40mail.example", "anna%2bb%3d1%40mail%2eexample", "anna%252Bb%253D1%2540mail.example",
        "anna%25252Bb%25253D1%252540mail.example", #"anna\u002bb\u003d1\u0040mail.example"#,
        #"anna\u002Bb\u003D1@mail\u002Eexample"#, #"anna+b\\u003d1\\\\u0040mail.example"#, "anna+b=1＠mail．example",
        "ａｎｎａ＋ｂ＝１＠ｍａｉｌ．ｅｘａｍｐｌｅ", #"anna+b=1\uff20mail\uFF0Eexample"#, "anna+b=1%EF%BC%A0mail.example",
        #"anna%5Cu002bb=1@mail.example"#,
    ]
    private static let noEscapes = [
        "100 %", "%", "%4", "%zz", #"\"#, #"\u12"#, #"\ud800"#, "\u{FEFF}x", "ｶﾀｶﾅ", "\u{FF5F}",
    ]

    @Test("one text comes of all of them", arguments: spellings)
    func plain(_ spelling: String) {
        #expect(String(decoding: Spelling.plain(Array(spelling.utf8)), as: UTF8.self) == Self.text)
    }

    @Test("what is no escape stays as it is", arguments: noEscapes)
    func others(_ text: String) {
        #expect(String(decoding: Spelling.plain(Array(text.utf8)), as: UTF8.self) == text)
    }

    @Test("pairs of code units, and quotes of JSON within JSON") func units() {
        let found = Spelling.plain(Array(#"{\"name\":\\\"\ud83d\ude00 \u00fc\/\\\"}"#.utf8))
        #expect(String(decoding: found, as: UTF8.self) == #"{"name":"😀 ü/"}"#)
    }

    @Test("the deep search finds each, in tables and in what is compressed")
    func deep() async throws {
        try await ErasureWorld.with { world in
            _ = try world.connection.query(
                "create table reactor.spelt as select unnest($1::text[]) as spelt",
                [.textArray(Self.spellings.map(Optional.init) + ["anna%2Bb"])])
            // Nothing of a page's members is sealed for what it is spelt like, but for addresses.
            let token = ["qzt=", "qzt%3D", "qzt%253d", #"qzt\u003d"#, "qzt＝", "qzt%25253D"].map { $0 + "qzt" }
            for (number, word) in token.enumerated() {
                try await world.record(
                    "orders/create", #"{"id":\#(number),"other":"\#(word)"}"#, identity: "\(number)")
            }
            let search = DeepSearch(pool: world.pool, buffer: world.buffer)
            let found = try await search.find([Self.text], lanes: [world.shop.lane])
            #expect(found.map(\.place) == ["reactor.spelt.spelt"])
            #expect(found.map(\.count) == [Int64(Self.spellings.count)])
            let logged = try await search.find(["qzt=qzt"], lanes: [world.shop.lane])
            // Short ones are not compressed, and stand in the table of their week as well.
            #expect(logged.last == DeepSearch.Finding(place: "log.event.payload", count: Int64(token.count)))
        }
    }

    /// The padding of base64 (`=`) is spelt in all these ways, too.
    @Test("base64 in addresses, however it is padded", arguments: ["", "=", "%3D", "%253D", #"\u003d"#])
    func base64(_ padding: String) async throws {
        let text = "anna>?anna>?anna"
        let digits = Base64.encode(Array(text.utf8)).filter { $0 != "=" }
        let inAddress = digits.replacing("+", with: "-").replacing("/", with: "_") + padding
        #expect(inAddress.contains("-") || inAddress.contains("_"))
        #expect(ByteSearch.holds(Array(inAddress.utf8), any: DeepSearch.forms(of: Array(text.utf8))))
    }

    @Test("the search of every erasure finds whole words in each", arguments: spellings)
    func probes(_ spelling: String) {
        let values = ReadableValues([Self.text])
        for (text, isFound) in [
            (spelling, true), ("mail=\(spelling)", true), ("{x,\(spelling)}", true), ("x" + spelling, false),
            (spelling + "s", false),
        ] { #expect(values.holds(Array(text.utf8)) == isFound, "\(text)") }
    }

    @Test("addresses and numbers name a person, with and without signs; days, times, names and short numbers do not")
    func names() {
        for text in ["a@x.example", "+49 301 2277", "4711000123", "030/1234567", "12-345678", "1989-1234567"] {
            #expect(SearchProbes.names(text), "\(text)")
        }
        for text in [
            "2026-11-22", "22.11.2026", "1/2/2026", "2026-11-22T10:00:00+01:00", "2026-11-22 10-12 h 30",
            "10:00 - 12:00",
            "10:00-12:30 22.11.2026", "annastreet 1", "123456",
        ] { #expect(!SearchProbes.names(text), "\(text)") }
        #expect(ReadableValues(["Anna@x.example"]).holds(Array("ANNA@X.example".utf8)))
        #expect(ReadableValues(["+49 (301) 2277-55"]).holds(Array("utm=49301227755".utf8)))
        #expect(!ReadableValues(["+49 301 2277"]).holds(Array("493012277551".utf8)))
    }
}
