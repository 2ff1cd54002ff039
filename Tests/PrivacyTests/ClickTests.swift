import EventModel
import Foundation
import Pipelines
import Privacy
import Testing

/// Numbers that advertisers give to one click of one person: that there was one stays, which it was does not.
@Suite struct ClickTests {
    private static func page(_ query: String, client: String = "browser-1", consent: String = "true") -> String {
        """
        {"name":"page_viewed","clientId":"\(client)","consent":{"analytics":\(consent)},"context":{"document":
        {"location":{"href":"https://hollow.example/p?\(query)","search":"?\(query)"},"referrer":""}}}
        """
    }

    /// What stands in for the number of each parameter in the address.
    private func kept(_ text: String, _ bench: Workbench, source: EventSource = .pixel) throws -> [String] {
        try bench.clean(text, source: source).text.matches(of: /\(click-[0-9a-f]{16}\)/).map { String($0.output) }
    }

    @Test func theNumberGoesAndItsPresenceStays() throws {
        let cleaned = try Workbench().clean(
            Self.page("utm_source=google&gclid=EAIaIQobChMI&fbclid=IwAR0x#top", client: "browser-1"))
        for gone in ["EAIaIQobChMI", "IwAR0x"] { #expect(!cleaned.text.contains(gone)) }
        #expect(cleaned.text.contains("utm_source=google&gclid=(click-"))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(cleaned.payload)) }
        // No key is made for a visitor whom an advertisement led here.
        #expect(cleaned.event.sealed.isEmpty && cleaned.event.grants.isEmpty)
        let href = try #require(cleaned.text.split(separator: "\"").first { $0.hasPrefix("https://") })
        let classifier = ChannelClassifier(lists: try Workbench().catalog.lists)
        #expect(classifier.touch(url: String(href), referrer: "").clickID == "gclid")
    }

    @Test func aVisitorsClicksAreToldApartAndNobodyElsesAreLinked() throws {
        let bench = try Workbench()
        let first = try kept(Self.page("gclid=one"), bench)
        #expect(first.count == 2 && Set(first).count == 1)
        #expect(try kept(Self.page("gclid=one"), bench) == first)
        #expect(try kept(Self.page("gclid=two"), bench) != first)
        #expect(try kept(Self.page("gclid=one", client: "browser-2"), bench) != first)
        #expect(try kept(Self.page("gclid=one", consent: "false"), bench) != first)
    }

    @Test func alsoWhereAnOrderTellsWhereItBegan() throws {
        let order = #"{"id":1001,"landing_site":"/?gclid=EAIaIQobChMI","total_price":"9.00"}"#
        let cleaned = try Workbench().clean(order, source: .webhook, name: "orders/create")
        #expect(!cleaned.text.contains("EAIaIQ") && cleaned.text.contains("gclid=(click-"))
    }
}
