import EventModel
import Foundation
import Pipelines
import Privacy
import TestSupport
import Testing

@Suite struct VisitorTests {
    private static let client = "c7b3f99b-4d34-463b-835f-c879482a7750"

    private func event(_ consent: String, more: String = "") -> String {
        """
        {"name":"page_viewed","clientId":"\(Self.client)",\(consent)"context":{"navigator":
        {"userAgent":"Mozilla/5.0 X"},"document":{"location":{"href":"https://s/?cid=\(Self.client)"}}}\(more)}
        """
    }

    @Test func withoutAWordConsentIsGranted() throws {
        let bench = try Workbench()
        let cleaned = try bench.clean(self.event(""))
        #expect(cleaned.event.consent == .allConsent)
        #expect(cleaned.event.visitor == bench.shop.visitor(clientID: Array(Self.client.utf8)))
        #expect(cleaned.event.isUnchanged)
    }

    @Test(arguments: [
        #""consent":{"analytics":false,"marketing":true},"#,
        #""customerPrivacy":{"analyticsProcessingAllowed":false},"#,
        #""init":{"customerPrivacy":{"analyticsProcessingAllowed":false}},"#, #""consent":{"analytics":"denied"},"#,
    ])
    func deniedAnalyticsRemovesWhatIdentifies(consent: String) throws {
        let bench = try Workbench()
        let cleaned = try bench.clean(self.event(consent, more: #","customData":{"own":"\#(Self.client)"}"#))
        #expect(cleaned.event.visitor.kind == .daily)
        #expect(!cleaned.event.consent.contains(.analyticsConsent) && cleaned.event.consent.contains(.consentStated))
        #expect(!cleaned.text.contains(Self.client) && !cleaned.text.contains("Mozilla"))
        #expect(cleaned.text.contains(#""clientId":null"#) && cleaned.text.contains(#""userAgent":null"#))
        #expect(cleaned.text.contains("?cid=(removed)"))
        #expect(cleaned.event.sealed.isEmpty)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(cleaned.payload)) }
    }

    @Test func deniedMarketingAloneKeepsTheClient() throws {
        let cleaned = try Workbench().clean(self.event(#""consent":{"analytics":true,"marketing":false},"#))
        #expect(cleaned.event.visitor.kind == .client)
        #expect(!cleaned.event.consent.contains(.marketingConsent))
    }

    @Test func deniedClientsLeaveNoHandle() throws {
        let text =
            #"{"name":"clicked","clientId":"\#(Self.client)","consent":{"analytics":false},"#
            + #""data":{"element":{"value":"x y"}}}"#
        let cleaned = try Workbench().clean(text)
        #expect(cleaned.event.handles.map(\.kind) == [.event])
    }

    @Test func aCustomerIsAVisitorWithoutAClient() throws {
        let bench = try Workbench()
        let named = try bench.clean(
            #"{"name":"page_viewed","init":{"data":{"customer":{"id":"gid://shopify/Customer/55"}}}}"#)
        #expect(named.event.visitor == bench.shop.visitor(customerID: Array("55".utf8)))
        let proven = try bench.clean(#"{"name":"chat"}"#, source: .widget, name: "chat", customer: "55")
        #expect(proven.event.visitor == named.event.visitor)
        #expect(named.event.visitor.kind == .customer)
    }

    @Test func aDailyVisitorIsTheSameForADayAndAnotherTheNext() throws {
        let bench = try Workbench()
        let text = #"{"name":"page_viewed"}"#
        bench.salts.insert(DailySalt(day: 19_001, bytes: [UInt8](repeating: 5, count: 32)))
        let first = try bench.clean(text, at: Workbench.noon).event.visitor
        #expect(try bench.clean(text, at: Workbench.noon + 1_000).event.visitor == first)
        #expect(try bench.clean(text, at: Workbench.noon + 86_400_000).event.visitor != first)
    }

    @Test func aVisitGoesOnOverMidnight() throws {
        let bench = try Workbench()
        let text = #"{"name":"page_viewed"}"#
        let midnight: Int64 = 19_001 * 86_400_000
        bench.salts.insert(DailySalt(day: 19_001, bytes: [UInt8](repeating: 5, count: 32)))
        let before = try bench.clean(text, at: midnight - 60_000).event.visitor
        #expect(try bench.clean(text, at: midnight + 1_700_000).event.visitor == before)
        #expect(try bench.clean(text, at: midnight + 3_400_000).event.visitor == before)
        #expect(try bench.clean(text, at: midnight + 3_400_000 + 1_800_001).event.visitor != before)
    }

    @Test func withoutASaltEachEventStandsAlone() throws {
        let bench = try Workbench()
        bench.salts = DailySalts()
        #expect(try bench.clean(#"{"name":"page_viewed"}"#).event.visitor.kind == .daily)
    }

    @Test func saltsExpireAfterTwoDays() {
        var salts = DailySalts([.new(day: 10), .new(day: 11)])
        salts.expire(nowMillis: 12 * 86_400_000 - 1)
        #expect(salts.salt(day: 10) != nil)
        salts.expire(nowMillis: 12 * 86_400_000)
        #expect(salts.salt(day: 10) == nil && salts.salt(day: 11) != nil)
    }

    @Test func webhooksHaveNoVisitorButHandles() throws {
        let bench = try Workbench()
        let text = """
            {"id":1001,"email":"A@Example.com ","cart_token":"cart1","checkout_token":"ch1","customer":{"id":55},
            "note_attributes":[{"name":"gift","value":"yes"},{"name":"_footfall_client_id","value":"\(Self.client)"}]}
            """
        let cleaned = try bench.clean(text, source: .webhook, name: "orders/create")
        #expect(cleaned.event.visitor == .none)
        let expected: [(HandleKind, String)] = [
            (.order, "1001"), (.customer, "55"), (.email, "a@example.com"), (.checkout, "ch1"), (.cart, "cart1"),
            (.client, Self.client),
        ]
        #expect(cleaned.event.handles == expected.compactMap { bench.shop.handle($0.0, $0.1) })
        #expect(SealedHead(cleaned.event.sealed.span)?.handles == cleaned.event.handles)
        #expect(bench.shop.visitor(clientID: Array(Self.client.utf8))?.id == cleaned.event.handles.last?.hash)
        #expect(try bench.open(cleaned) == text)
    }
}
