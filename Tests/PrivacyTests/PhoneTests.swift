import EventModel
import Foundation
import Pipelines
import Privacy
import Testing

/// Telephone numbers in texts where no pointer leads.
@Suite struct PhoneTests {
    private func search(_ query: String) -> String {
        #"{"id":"1","name":"search_submitted","clientId":"c","data":{"searchResult":{"query":"\#(query)"}}}"#
    }

    @Test(arguments: [
        ("+49301234567", "+49301234567"), ("my number is +49 30 1234567 thanks", "+49 30 1234567"),
        ("+1 (555) 625-1199", "+1 (555) 625-1199"), ("%2B49301234567", "%2B49301234567"),
        ("tel%3A%20%2B4930%201234567", "%2B4930%201234567"), (#"line\n+49.30.1234567"#, "+49.30.1234567"),
        (#"\u002B49301234567"#, #"\u002B49301234567"#), (#"\u002b49301234567"#, #"\u002b49301234567"#),
        ("ü+49301234567", "+49301234567"), ("+49301234567 20251121 7", "+49301234567 "),
    ])
    func aNumberIsSealedAtItsPlace(query: String, number: String) throws {
        let bench = try Workbench()
        let text = self.search(query)
        let cleaned = try bench.clean(text)
        let found = number.hasSuffix(" ") ? String(number.dropLast()) : number
        #expect(!cleaned.text.contains(found), "\(cleaned.text)")
        #expect(cleaned.text.contains("(sealed)"))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(cleaned.payload)) }
        #expect(try bench.open(cleaned) == text)
    }

    @Test(arguments: [
        "pillow+20251121", "a+b", "1e+12345678", "+1234567", "+0491234567", "2026-11-20T13:00:00+0100", "+",
        "abc%2B12345678", "%2B", "+123 45", "49301234567",
    ])
    func whatIsNoNumberStays(query: String) throws {
        let cleaned = try Workbench().clean(self.search(query))
        #expect(cleaned.event.isUnchanged, "\(cleaned.text)")
    }

    @Test(arguments: ["+49 30 1234567", "%2B49301234567", #"\u002B49301234567"#, "+49 (0)30 1234567"])
    func itsHandleIsTheOneOfTheField(query: String) throws {
        let bench = try Workbench()
        let cleaned = try bench.clean(self.search(query))
        #expect(cleaned.event.handles.contains(try bench.handle(.phone, "+49301234567")))
    }

    @Test func tagsOfOrdersAreSearched() throws {
        let text = #"{"id":7,"tags":"vip, call +49 30 1234567, jane@example.com"}"#
        let cleaned = try Workbench().clean(text, source: .webhook, name: "orders/create")
        #expect(cleaned.text == #"{"id":7,"tags":"vip, call (sealed), (sealed)"}"#)
    }

    @Test func signsWithoutEndAreReadOnce() throws {
        // Looked at again from every sign this would take minutes.
        let text = self.search(String(repeating: "%2B", count: 40_000) + String(repeating: "%40", count: 40_000))
        #expect(try Workbench().clean(text).event.isUnchanged)
    }
}
