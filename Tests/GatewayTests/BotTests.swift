import EventModel
import Foundation
import Gateway
import TestSupport
import Testing

/// The flag that tells a program where the stored payload does not.
@Suite struct BotTests {
    private static let browser =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
    private static let googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    private static let denied = #","consent":{"analytics":false}"#
    private static func own(_ agent: String) -> String { #","context":{"navigator":{"userAgent":"\#(agent)"}}"# }

    /// What the request and the event say, and whether the flag has to be set.
    struct Case: Sendable, CustomStringConvertible {
        var request: String?
        var event: String?
        var isDenied = false
        var isBot: Bool
        var description: String { "\(request ?? "-") | \(event ?? "-") | \(isDenied)" }
    }

    static let cases = [
        Case(request: googlebot, isBot: true),
        Case(request: googlebot, event: browser, isBot: true),
        Case(request: googlebot, event: googlebot, isDenied: true, isBot: true),
        Case(request: "curl/8.5.0", event: googlebot, isDenied: true, isBot: true),
        Case(request: browser, event: googlebot, isDenied: true, isBot: true),
        // A shop's own server speaks for its shoppers.
        Case(request: "python-requests/2.31.0", event: browser, isDenied: true, isBot: false),
        Case(request: "python-requests/2.31.0", event: browser, isBot: false),
        Case(request: "python-requests/2.31.0", isBot: false),
        Case(request: browser, event: browser, isDenied: true, isBot: false),
        Case(request: browser, event: "python-requests/2.31.0", isDenied: true, isBot: true),
        Case(isBot: false), Case(event: browser, isDenied: true, isBot: false),
    ]

    @Test(arguments: cases) func `a crawler is one with consent and without`(test: Case) async throws {
        try await Harness.run { harness in
            var headers = ["content-type": "text/plain"]
            headers["user-agent"] = test.request
            let more = (test.event.map(Self.own) ?? "") + (test.isDenied ? Self.denied : "")
            #expect(try await harness.pixel(event(more: more), headers: headers).status == 202)
            let stored = try #require(try harness.sink.events().first)
            #expect(stored.record.header.flags.contains(.bot) == test.isBot)
            if test.isDenied { #expect(!stored.payload.contains("Googlebot")) }
        }
    }

    @Test func `DNT takes the user agent and leaves the flag`() async throws {
        try await Harness.run { harness in
            let headers = ["content-type": "text/plain", "dnt": "1"]
            _ = try await harness.pixel(event(more: Self.own(Self.googlebot)), headers: headers)
            let stored = try #require(try harness.sink.events().first)
            #expect(stored.record.header.flags.contains(.bot) && !stored.payload.contains("Googlebot"))
        }
    }

    @Test(arguments: [
        ("66.249.66.1", browser, true), ("5.9.1.2", browser, true), ("2a01:4f8::1", browser, true),
        ("5.9.1.2", "my-shop-server/1.0", false), ("203.0.113.9", browser, false), ("2001:db8::1", browser, false),
    ])
    func `a browser in a data centre is a program's`(address: String, agent: String, isBot: Bool) async throws {
        let configuration = Harness.configuration {
            $0.trustedProxies = ["127.0.0.0/8"].compactMap { AddressRange($0) }
        }
        try await Harness.run(configuration) { harness in
            let headers = ["content-type": "text/plain", "x-forwarded-for": address, "user-agent": agent]
            _ = try await harness.pixel(event(), headers: headers)
            let stored = try #require(try harness.sink.events().first)
            #expect(stored.record.header.flags.contains(.bot) == isBot)
        }
    }

    /// Each letter spelled in one of three ways that a String holds for the same.
    @Test func `many spellings of one user agent are many`() async throws {
        try await Harness.run { harness in
            let events = (0..<500).map { number in
                let agent = (0..<6).map { ["\u{C5}", "A\u{30A}", "\u{212B}"][number / Self.powers[$0] % 3] }.joined()
                return event(id: "sh-\(number)", more: Self.own(agent) + Self.denied)
            }
            let body = "[" + events.joined(separator: ",") + "]"
            let answer = try await harness.pixel(body)
            #expect(answer.status == 202)
            let stored = try harness.sink.events()
            #expect(stored.count == 500)
        }
    }
    private static let powers = [1, 3, 9, 27, 81, 243]
}
