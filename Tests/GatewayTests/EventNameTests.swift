import EventModel
import Foundation
import Gateway
import TestSupport
import Testing

/// Names of events stay for ever, in the clear, and in reports.
@Suite struct EventNameTests {
    private static let text = ["content-type": "text/plain"]

    @Test(arguments: [
        ("signup jane@example.com", "signup (removed)"), ("call +49 30 1234567", "call (removed)"),
        ("a%40example.com clicked", "(removed) clicked"), ("cart+20251121", "cart+20251121"),
        ("quiz_answered", "quiz_answered"),
    ])
    func `no address and no number is kept in a name`(name: String, kept: String) async throws {
        try await Harness.run { harness in
            #expect(try await harness.pixel(event(name: name), headers: Self.text).status == 202)
            #expect(try await harness.pixel(event(name: name + "!"), headers: Self.text).status == 202)
            let stored = try harness.sink.events()
            #expect(stored.map(\.record.name) == [kept, kept + "!"])
            // The identity is of the name as it was sent.
            let again = try await harness.pixel(event(name: name), headers: Self.text)
            #expect(again.body.contains("duplicate"))
            for event in stored where kept.contains("(removed)") {
                #expect(!event.payload.contains("jane@") && !event.payload.contains("1234567"))
            }
        }
    }

    @Test func `a shop's made-up names have an end`() async throws {
        try await Harness.run { harness in
            for batch in 0..<4 {
                let events = (0..<300).map { event(id: "e\(batch)-\($0)", name: "made_up_\(batch)_\($0)") }
                let body = "[" + events.joined(separator: ",") + "]"
                #expect(try await harness.pixel(body, headers: Self.text).status == 202)
            }
            _ = try await harness.pixel(event(name: "page_viewed"), headers: Self.text)
            _ = try await harness.pixel(event(name: "made_up_0_0"), headers: Self.text)
            let names = try harness.sink.events().map(\.record.name)
            #expect(Set(names).count == 1_000 + 2)
            #expect(names.count { $0 == "(other)" } == 200)
            #expect(names.suffix(2) == ["page_viewed", "made_up_0_0"])
            // It says its own name in the payload.
            #expect(try harness.sink.events()[1_150].payload.contains("made_up_3_250"))
        }
    }
}
