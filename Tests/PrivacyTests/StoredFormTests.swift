import EventModel
import Pipelines
import Privacy
import Testing

/// What is written under a shop's keys has to come out the same for ever: it is how new events find old ones.
@Suite struct StoredFormTests {
    @Test(arguments: [
        (HandleKind.email, " Ann@Example.COM", "f6a01ba3482a6792d2f756c813eb3536"),
        (.email, "Jörg@exämple.de", "3f985bcfc797d3f46f46fbf8cdb32afc"),
        (.phone, "+49 (0)170 123456", "7871da7ab8f568177d8444c6cb535e04"),
        (.customer, "gid://shopify/Customer/123", "6e55d741ba949f5b707f58bb49f78430"),
        (.cart, "gid://shopify/Cart/abc?key=1", "520df97406b367aaa2ab47134cae08f1"),
        (.client, "c0ffee-0000-4c1d-9a3f-6f2a", "49a5413a1e438c50e41223c400371ee9"),
    ])
    func handlesStayWhatTheyAre(kind: HandleKind, text: String, hash: String) throws {
        #expect(try Workbench().handle(kind, text).hash.hex == hash)
    }

    @Test func visitorsAndClicksStayWhatTheyAre() throws {
        let bench = try Workbench()
        let denied = #"{"name":"page_viewed","consent":{"analytics":false}}"#
        #expect(try bench.clean(denied).event.visitor.id.hex == "f72eae24d39a564e465ecbd8b30564e0")
        let page = #"{"document":{"referrer":"https://h.example/p?gclid=EAIaIQobChMI"}}"#
        let click = #"{"clientId":"browser-1","context":\#(page)}"#
        #expect(try bench.clean(click, name: "page_viewed").text.contains("?gclid=(click-292ca177a31789ba)\""))
    }

    @Test func aNumberIsReadTheSameByBytesAndByCharacters() throws {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("00019+()  -.aZx#;,\r\n")
        for _ in 0..<2000 {
            let text = String((0..<Int.random(in: 0...16, using: &random)).compactMap { _ in alphabet.randomElement() })
            // A space that is no ASCII says nothing, and takes the way of all scripts.
            let (short, long) = (Array(text.utf8), Array((text + "\u{3000}").utf8))
            #expect(
                HandleText.normalised(short, as: .phone) == HandleText.normalised(long, as: .phone),
                "\(text.debugDescription)")
        }
    }

    @Test func aParameterWithinAnothersValueGoesWithIt() throws {
        let order = #"{"id":1001,"landing_site":"/?key=a=gclid=b@x.de&gclid=c=key=d&e=+4917012345678"}"#
        let bench = try Workbench()
        let cleaned = try bench.clean(order, source: .webhook, name: "orders/create")
        #expect(cleaned.text.hasPrefix(#"{"id":1001,"landing_site":"/?key=(sealed)&gclid=(click-"#))
        #expect(cleaned.text.hasSuffix(#")&e=(sealed)"}"#))
        #expect(try bench.open(cleaned).contains("/?key=a=gclid=b@x.de&"))
    }

    @Test func moreClientIDsThanABrowserHasLeaveNothing() throws {
        let ids = (0..<9).map { #""clientId":"client-\#($0 + 100)""# }
        func event(_ count: Int) -> String {
            #"{"name":"x",\#(ids.prefix(count).joined(separator: ",")),"consent":false,"data":{"a":"by client-100"}}"#
        }
        let kept = try Workbench().clean(event(8))
        #expect(!kept.text.contains("client-") && kept.text.contains("by (removed)"))
        let gone = try Workbench().clean(event(9))
        #expect(gone.text == "null" && gone.event.visitor.kind == .daily && gone.event.sealed.isEmpty)
    }

    /// Searching for a long text in another that is like it took a second of a request's 1.5 kB (gzip).
    @Test func aLongerClientIDThanABrowserHasLeavesNothing() throws {
        func event(_ bytes: Int) -> String {
            let id = String(repeating: "a", count: bytes - 1) + "b"
            return #"{"name":"x","clientId":"\#(id)","consent":false,"data":{"a":"by \#(id)"}}"#
        }
        let kept = try Workbench().clean(event(1024))
        #expect(!kept.text.contains("aaaa") && kept.text.contains("by (removed)"))
        let gone = try Workbench().clean(event(1025))
        #expect(gone.text == "null" && gone.event.visitor.kind == .daily && gone.event.sealed.isEmpty)
    }

    @Test func ofManyNamesEachIsFencedAndTheFirstAreKept() throws {
        let bench = try Workbench()
        let emails = (0..<40).map { #""email":"buyer\#($0)@example.com""# }
        let text = #"{"name":"checkout_started","data":{"checkout":{\#((emails + emails).joined(separator: ","))}}}"#
        let cleaned = try bench.clean(text)
        let expected = try (0..<SealedHead.handlesMax).map { try bench.handle(.email, "buyer\($0)@example.com") }
        #expect(cleaned.event.handles == expected)
        bench.subjects.fence.add(shop: 7, [try bench.handle(.email, "buyer39@example.com")])
        #expect(try bench.clean(text).event.isFenced)
    }
}
