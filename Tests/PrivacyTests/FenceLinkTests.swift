import EventModel
import Pipelines
import Privacy
import Testing

/// What a fence learns of an erased person who was not known when they were erased.
@Suite struct FenceLinkTests {
    private static let known = #"{"id":55,"email":"a@example.com","phone":"+4930123456","first_name":"Al"}"#

    /// What an event tells where these are erased.
    private func noted(
        erased: [(HandleKind, String)], _ text: String, _ name: String, source: EventSource = .webhook
    ) throws -> [Handle] {
        let bench = try Workbench()
        bench.subjects.fence.add(shop: 7, try erased.map { try bench.handle($0, $1) })
        let event = try bench.clean(text, source: source, name: name).event
        #expect(event.isFenced && event.grants.isEmpty)
        guard let head = SealedHead(event.sealed.span) else { return [] }
        #expect(head.fields.isEmpty && FenceLink(shop: 7, head: head.handles) != nil)
        return head.handles
    }

    @Test func anEventThatNamesAnErasedPersonTellsWhoElseThatIsUntilTheyAreFenced() throws {
        let bench = try Workbench()
        let ring = bench.subjects
        ring.fence.add(shop: 7, [try bench.handle(.email, "a@example.com")])
        let first = try bench.clean(
            #"{"id":55,"email":null,"first_name":"Al"}"#, source: .webhook, name: "customers/create")
        #expect(!first.event.isFenced)
        let customer = try bench.handle(.customer, "55")
        // Again and again: no process has to remember it.
        for _ in 0..<2 {
            let told = try bench.clean(Self.known, source: .webhook, name: "customers/update").event
            let head = SealedHead(told.sealed.span)
            #expect(told.isFenced && told.handles == [customer] && head?.fields.isEmpty == true)
        }
        ring.fence.add(shop: 7, [customer])
        let last = try bench.clean(Self.known, source: .webhook, name: "customers/update").event
        #expect(last.handles == [try bench.handle(.phone, "+4930123456")])
        let later = try bench.clean(
            #"{"id":1001,"email":null,"customer":{"id":55,"first_name":"Al"}}"#, source: .webhook,
            name: "orders/create")
        #expect(later.event.isFenced && !later.text.contains("Al"))
    }

    @Test func anErasedCustomersEventsLeadToTheirAddressesAndPurchases() throws {
        let bench = try Workbench()
        let expected = [try bench.handle(.email, "a@example.com"), try bench.handle(.phone, "+4930123456")]
        #expect(try Set(noted(erased: [(.customer, "55")], Self.known, "customers/update")) == Set(expected))
        // An order may be for somebody else, but it is this customer's, and so is its checkout.
        let order =
            #"{"id":1001,"checkout_token":"ch1","email":"b@example.com","phone":"+4930999999","customer":{"id":55}}"#
        let purchase = [try bench.handle(.order, "1001"), try bench.handle(.checkout, "ch1")]
        #expect(try noted(erased: [(.customer, "55")], order, "orders/create") == purchase)
    }

    @Test func anOrderLeadsToItsCustomerWhereTheAddressIsTheirs() throws {
        let bench = try Workbench()
        let (customer, bought) = (try bench.handle(.customer, "55"), try bench.handle(.order, "1001"))
        let guest = #"{"id":1001,"email":"a@example.com","phone":"+4930123456","customer":{"id":55}}"#
        #expect(try noted(erased: [(.email, "a@example.com")], guest, "orders/create") == [bought, customer])
        #expect(try noted(erased: [(.order, "1001")], guest, "orders/updated") == [customer])
        #expect(try noted(erased: [(.phone, "+4930123456")], guest, "orders/create").isEmpty)
        let gift = #"{"id":1001,"email":"a@example.com","customer":{"id":55,"email":"b@example.com"}}"#
        #expect(try noted(erased: [(.email, "a@example.com")], gift, "orders/create").isEmpty)
        let nobody = #"{"id":1001,"email":"a@example.com"}"#
        #expect(try noted(erased: [(.email, "a@example.com")], nobody, "orders/create") == [bought])
        let merged = #"{"id":55,"customer":{"id":56},"email":"a@example.com"}"#
        #expect(try noted(erased: [(.email, "a@example.com")], merged, "customers/update").isEmpty)
        let checkout = #"{"token":"ch1","email":"a@example.com","customer":{"id":55}}"#
        #expect(try noted(erased: [(.email, "a@example.com")], checkout, "checkouts/create").isEmpty)
    }

    /// A draft that is no order yet, and topics that the pipeline does not list, name whoever they are for.
    @Test(arguments: ["draft_orders/create", "orders/link_requested"])
    func whatStandsElsewhereIsNotTheCustomers(name: String) throws {
        let bench = try Workbench()
        let contact = #""email":"b@example.com","phone":"+4930999999""#
        let buyer = #"{"id":55,"email":"a@example.com","phone":"+4930123456"}"#
        let draft = #"{"id":9,"order_id":null,\#(contact),"customer":\#(buyer)}"#
        let own = [try bench.handle(.email, "a@example.com"), try bench.handle(.phone, "+4930123456")]
        #expect(try noted(erased: [(.customer, "55")], draft, name) == own)
        let customer = try bench.handle(.customer, "55")
        #expect(try noted(erased: [(.email, "a@example.com")], draft, name) == [customer])
        #expect(try noted(erased: [(.email, "b@example.com")], draft, name).isEmpty)
        #expect(try noted(erased: [(.phone, "+4930999999")], draft, name).isEmpty)
        // A customer without an address who orders for the erased person.
        let gift = #"{"id":1001,"email":"b@example.com","customer":{"id":55,"email":null}}"#
        #expect(try noted(erased: [(.email, "b@example.com")], gift, "orders/create").isEmpty)
    }

    /// As many as an event keeps, no more: a head is read up to that number.
    @Test func ofManyAddressesTheFirstAreNoted() throws {
        let emails = (0..<300).map { #""email":"buyer\#($0)@example.com""# }.joined(separator: ",")
        let learned = try noted(erased: [(.customer, "55")], #"{"id":55,\#(emails)}"#, "customers/update")
        #expect(learned.count == SealedHead.handlesMax)
    }

    /// Else anybody could have anybody erased: a browser may send what it likes.
    @Test func nothingIsLearnedFromBrowsers() throws {
        let text = #"{"name":"x","customer":{"id":"55","email":"a@example.com"}}"#
        #expect(try noted(erased: [(.email, "a@example.com")], text, "page_viewed", source: .pixel).isEmpty)
        let lead = #"{"email":"a@example.com","customerId":"55","message":"hello"}"#
        #expect(try noted(erased: [(.email, "a@example.com")], lead, "lead", source: .widget).isEmpty)
    }

    /// What it names is the request's own business, fenced or not.
    @Test func aCompletedRequestIsNoLink() throws {
        let bench = try Workbench()
        bench.subjects.fence.add(shop: 7, [try bench.handle(.email, "a@example.com")])
        let text = #"{"customer":{"id":55,"email":"a@example.com"},"orders_to_redact":[]}"#
        let event = try bench.clean(text, source: .webhook, name: "customers/redact").event
        #expect(event.handles.map(\.kind) == [.customer, .email])
    }
}
