import EventModel
import Foundation
import Pipelines
import Privacy
import Testing

/// Consent as the pixel saw it, and what is left of an event without it.
@Suite struct ConsentTests {
    private static let client = "c7b3f99b-4d34-463b-835f-c879482a7750"
    private static let agent = "Mozilla/5.0 (X11; Linux x86_64) Planted/9"

    private func flags(_ consent: String, _ signals: PrivacySignals = []) throws -> EventFlags {
        try Workbench().clean("{\"name\":\"page_viewed\",\(consent)\"x\":1}", signals: signals).event.consent
    }

    @Test(
        arguments: [
            ("", EventFlags.allConsent),
            (
                #""consent":{"analytics":true,"marketing":true,"preferences":true,"saleOfData":true},"#,
                EventFlags.allConsent.union(.consentStated)
            ),
            (
                #""consent":{"analytics":false,"marketing":true,"preferences":false,"saleOfData":false},"#,
                [.marketingConsent, .consentStated]
            ),
            (
                #""customerPrivacy":{"analyticsProcessingAllowed":true,"marketingAllowed":false,"#
                    + #""preferencesProcessingAllowed":true,"saleOfDataAllowed":false},"#,
                [.analyticsConsent, .preferencesConsent, .consentStated]
            ),
            (
                #""consent":{"sale_of_data":"no"},"#,
                EventFlags.allConsent.subtracting(.saleOfDataConsent).union(.consentStated)
            ),
            (#""consent":{"analytics":"yes","marketing":"granted"},"#, EventFlags.allConsent.union(.consentStated)),
            (
                #""consent":{"analytics":"revoked","marketing":{},"preferences":"","saleOfData":0},"#, [.consentStated]
            ),
            // What is there and cannot be understood is no yes.
            (
                #""consent":{"analytics":null},"#,
                EventFlags.allConsent.subtracting(.analyticsConsent).union(.consentStated)
            ),
            (#""consent":"garbage","#, [.consentStated]), (#""consent":[],"#, [.consentStated]),
            (#""consent":true,"#, [.consentStated]), (#""consent":{},"#, [.consentStated]),
            (#""consent":{"ad_storage":"denied"},"#, [.consentStated]),
            (#""consent":null,"#, .allConsent),
            (#""consent":7,"customerPrivacy":{"analyticsProcessingAllowed":true},"#, [.consentStated]),
            (
                #""consent":null,"customerPrivacy":{"analyticsProcessingAllowed":true},"#,
                EventFlags.allConsent.union(.consentStated)
            ),
            (
                #""consent":{"analyticsProcessingAllowed":false,"marketingAllowed":false,"#
                    + #""preferencesProcessingAllowed":true,"saleOfDataAllowed":false},"#,
                [.preferencesConsent, .consentStated]
            ),
            // The pixel's own words win over what Shopify's init said when the page was rendered.
            (
                #""consent":{"analytics":true},"init":{"customerPrivacy":{"analyticsProcessingAllowed":false}},"#,
                EventFlags.allConsent.union(.consentStated)
            ),
        ] as [(String, EventFlags)])
    func eachPurposeIsRecorded(consent: String, expected: EventFlags) throws {
        #expect(try self.flags(consent) == expected)
    }

    @Test func browserSignalsDenyWhateverTheEventStates() throws {
        let granted = #""consent":{"analytics":true,"marketing":true,"preferences":true,"saleOfData":true},"#
        for consent in ["", granted] {
            #expect(
                try self.flags(consent, .globalPrivacyControl)
                    == [.analyticsConsent, .preferencesConsent, .consentStated])
            #expect(try self.flags(consent, .doNotTrack) == [.preferencesConsent, .consentStated])
        }
    }

    @Test func doNotTrackLeavesADailyVisitorOnly() throws {
        let bench = try Workbench()
        let text = #"{"name":"page_viewed","clientId":"\#(Self.client)"}"#
        let tracked = try bench.clean(text, signals: .globalPrivacyControl)
        #expect(tracked.event.visitor.kind == .client && tracked.event.isUnchanged)
        let untracked = try bench.clean(text, signals: .doNotTrack)
        #expect(untracked.event.visitor.kind == .daily)
        #expect(untracked.text == #"{"name":"page_viewed","clientId":null}"#)
    }

    @Test func withoutConsentNothingOfTheBrowserIsLeftNotEvenSealed() throws {
        let bench = try Workbench()
        let text = """
            {"name":"checkout_started","clientId":"\(Self.client)","consent":{"analytics":false},
            "context":{"navigator":{"userAgent":"\(Self.agent)"}},"ip":"192.0.2.1",
            "data":{"checkout":{"email":"a@example.com","shippingAddress":{"address2":"via \(Self.client)"},"attributes":
            [{"key":"_footfall_client_id","value":"another-id-0001"},{"key":"gift","value":"192.0.2.1 and me"}]}},
            "customData":{"agent":"\(Self.agent.replacingOccurrences(of: "/", with: "\\/"))","seen":"from 192.0.2.1"}}
            """
        let cleaned = try bench.clean(text, agent: Self.agent)
        let opened = try bench.open(cleaned)
        for gone in [Self.client, "Mozilla", "Planted", "192.0.2.1", "another-id-0001"] {
            #expect(!cleaned.text.contains(gone) && !opened.contains(gone), "\(gone): \(opened)")
        }
        #expect(opened.contains("a@example.com") && !cleaned.text.contains("a@example.com"))
        #expect(cleaned.event.handles == [try bench.handle(.email, "a@example.com")])
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(cleaned.payload)) }
    }

    @Test(arguments: ["12345678", "n1234567", "0041abcd", "        ", #"\\\\\\\\"#, #"true,\"b"#])
    func removingATextNeverBreaksTheDocument(client: String) throws {
        let text = """
            {"name":"x","clientId":"\(client)","consent":{"analytics":false},"a":12345678,        "b":"12345678",
            "c":"\\n1234567 \\u0041abcd","\(client)":"d","e":true,"b":"\(client)\(client)"}
            """
        let cleaned = try Workbench().clean(text)
        #expect(throws: Never.self, "\(cleaned.text)") {
            try JSONSerialization.jsonObject(with: Data(cleaned.payload))
        }
        #expect(cleaned.text.contains(#""e":true"#) && cleaned.text.contains(#""a":12345678"#))
        #expect(!cleaned.text.contains("\"\(client)\""))
    }

    @Test func addressesAreNeverKept() throws {
        let pixel = try Workbench().clean(
            #"{"name":"x","ip":"198.51.100.7","customData":{"a":{"ip_address":"2001:db8::1"}}}"#)
        #expect(pixel.text == #"{"name":"x","ip":null,"customData":{"a":{"ip_address":null}}}"#)
        let widget = try Workbench().clean(#"{"ip":"198.51.100.7"}"#, source: .widget, name: "lead")
        #expect(widget.text == #"{"ip":null}"# && widget.event.sealed.isEmpty)
    }

    @Test func anIPv6AddressIsFoundAsPeopleWriteIt() throws {
        let bench = try Workbench()
        let event = #"{"name":"x","consent":{"analytics":false},"a":"2001:db8::1:0:0:9 here"}"#
        var address = Key128(high: 0x2001_0db8_0000_0000, low: 0x0001_0000_0000_0009)
        #expect(try bench.clean(event, address: address).text.contains("(removed) here"))
        address = Key128(high: 0x2001_0db8_0000_0000, low: 0x0001_0000_0000_0008)
        #expect(try !bench.clean(event, address: address).text.contains("(removed)"))
    }
}
