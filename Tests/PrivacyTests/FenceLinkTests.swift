import EventModel
import Pipelines
import Privacy
import Testing

/// What a fence learns of an erased person who was not known when they were erased.
@Suite struct FenceLinkTests {
    private static let known = #"{"id":55,"email":"a@example.com","phone":"+4930123456","first_name":"Al"}"#

    /// A bench where these are erased, after an event; and what it noted.
    private func noted(
        erased: [(HandleKind, String)], _ text: String, _ name: String, source: EventSource = .webhook
    ) throws -> [Handle] {
        let bench = try Workbench()
        bench.subjects.fence.add(shop: 7, try erased.map { try bench.handle($0, $1) })
        #expect(try bench.clean(text, source: source, name: name).event.isFenced)
        return bench.subjects.fence.takeLinks().flatMap(\.handles)
    }

    @Test func aCustomerWhoTurnsOutToBeErasedKeepsNothingFromThenOn() throws {
        let bench = try Workbench()
        let ring = bench.subjects
        ring.fence.add(shop: 7, [try bench.handle(.email, "a@example.com")])
        let first = try bench.clean(
            #"{"id":55,"email":null,"first_name":"Al"}"#, source: .webhook, name: "customers/create")
        #expect(!first.event.isFenced && ring.fence.takeLinks().isEmpty)
        #expect(try bench.clean(Self.known, source: .webhook, name: "customers/update").event.isFenced)
        let later = try bench.clean(
            #"{"id":1001,"email":null,"customer":{"id":55,"first_name":"Al"}}"#, source: .webhook,
            name: "orders/create")
        #expect(later.event.isFenced && !later.text.contains("Al"))
        let links = ring.fence.takeLinks()
        let customer = try bench.handle(.customer, "55")
        #expect(links.map(\.shop) == [7] && links.map(\.handles) == [[customer]])
        // The customer is noted once, and leads on to their phone; the key from before is used by nobody.
        #expect(try bench.clean(Self.known, source: .webhook, name: "customers/update").event.isFenced)
        let phone = try bench.handle(.phone, "+4930123456")
        #expect(ring.fence.takeLinks().map(\.handles) == [[phone]])
        #expect(ring.key(for: customer, in: bench.shop).key.id != first.event.grants.first?.keyID)
    }

    @Test func anErasedCustomersOwnDataLeadToTheirAddresses() throws {
        let bench = try Workbench()
        let expected = [try bench.handle(.email, "a@example.com"), try bench.handle(.phone, "+4930123456")]
        #expect(try Set(noted(erased: [(.customer, "55")], Self.known, "customers/update")) == Set(expected))
        // An order may be for somebody else.
        let order = #"{"id":1001,"email":"b@example.com","phone":"+4930999999","customer":{"id":55}}"#
        #expect(try noted(erased: [(.customer, "55")], order, "orders/create").isEmpty)
    }

    @Test func anOrderLeadsToItsCustomerWhereTheAddressIsTheirs() throws {
        let customer = try Workbench().handle(.customer, "55")
        let guest = #"{"id":1001,"email":"a@example.com","phone":"+4930123456","customer":{"id":55}}"#
        #expect(try noted(erased: [(.email, "a@example.com")], guest, "orders/create") == [customer])
        #expect(try noted(erased: [(.order, "1001")], guest, "orders/updated") == [customer])
        #expect(try noted(erased: [(.phone, "+4930123456")], guest, "orders/create").isEmpty)
        let gift = #"{"id":1001,"email":"a@example.com","customer":{"id":55,"email":"b@example.com"}}"#
        #expect(try noted(erased: [(.email, "a@example.com")], gift, "orders/create").isEmpty)
        let checkout = #"{"token":"ch1","email":"a@example.com","customer":{"id":55}}"#
        #expect(try noted(erased: [(.email, "a@example.com")], checkout, "checkouts/create").isEmpty)
    }

    /// Else anybody could have anybody erased: a browser may send what it likes.
    @Test func nothingIsLearnedFromBrowsers() throws {
        let text = #"{"name":"x","customer":{"id":"55","email":"a@example.com"}}"#
        #expect(try noted(erased: [(.email, "a@example.com")], text, "page_viewed", source: .pixel).isEmpty)
        let lead = #"{"email":"a@example.com","customerId":"55","message":"hello"}"#
        #expect(try noted(erased: [(.email, "a@example.com")], lead, "lead", source: .widget).isEmpty)
    }

    @Test func aCompletedRequestIsNoLink() throws {
        let text = #"{"customer":{"id":55,"email":"a@example.com"},"orders_to_redact":[]}"#
        #expect(try noted(erased: [(.email, "a@example.com")], text, "customers/redact").isEmpty)
    }

    @Test func tooManyLinksAreCountedAndMetAgain() throws {
        let fence = Fence()
        let handles = (0...Fence.linksMax).map { Handle(kind: .customer, hash: Key128(high: UInt64($0), low: 1)) }
        for handle in handles { fence.noteLink(shop: 1, unfenced: [handle, handle]) }
        #expect(fence.lostLinkCount == 1 && fence.count == Fence.linksMax)
        let links = fence.takeLinks()
        #expect(links.count == Fence.linksMax && fence.takeLinks().isEmpty)
        fence.giveBack(links)
        fence.noteLink(shop: 1, unfenced: [])
        fence.noteLink(shop: 1, unfenced: [handles[0]])
        #expect(fence.takeLinks().count == Fence.linksMax)
        let lost = try #require(handles.last)
        #expect(!fence.contains(lost, shop: 1))
        fence.noteLink(shop: 1, unfenced: [lost])
        #expect(fence.takeLinks().count == 1 && fence.contains(lost, shop: 1))
    }
}
