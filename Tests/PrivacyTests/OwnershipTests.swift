import EventModel
import Foundation
import Pipelines
import Privacy
import Testing

/// Whose an event's personal values are.
@Suite struct OwnershipTests {
    @Test func theOrderOfOwnership() {
        let kinds: [HandleKind] = [.order, .customer, .email, .phone, .checkout, .cart, .client, .event]
        #expect(HandleKind.allCases == kinds && kinds.sorted() == kinds)
        #expect(kinds.map(\.rawValue) == [4, 1, 2, 3, 5, 6, 7, 8])
    }

    private func handles(_ text: String, _ source: EventSource = .pixel, _ name: String? = nil) throws -> [Handle] {
        try Workbench().clean(text, source: source, name: name).event.handles
    }

    private func handle(_ kind: HandleKind, _ text: String) throws -> Handle { try Workbench().handle(kind, text) }

    @Test(arguments: [
        #"{"name":"form_submitted","data":{"element":{"elements":[{"name":"mail","value":" Al.B+c@Example.com"}]}}}"#,
        #"{"name":"search_submitted","data":{"searchResult":{"query":"who is al.b+c@example.com?"}}}"#,
        #"{"name":"page_viewed","context":{"document":{"location":{"href":"https://s/?m=al.b+c%40example.com#x"}}}}"#,
        #"{"name":"page_viewed","context":{"document":{"location":{"href":"https://s/?u=%2Fa%3Fm%3Dal.b%2Bc%2540example.com"}}}}"#,
        #"{"name":"x","customData":{"text":"mail:\nal.b+c\u0040example.com.\n"}}"#,
        #"{"name":"x","customData":{"json":"{\"mail\":\"al.b+c@example.com\"}"}}"#,
        #"{"name":"x","customData":{"text":"'al.b+c@EXAMPLE.com'","again":"AL.B+C@example.com"}}"#,
        "{\"name\":\"x\",\"customData\":{\"text\":\"\u{201E}al.b+c@example.com\u{201C}\"}}",
        #"{"name":"input_changed","data":{"element":{"value":"al.b+c@example.com"}}}"#,
    ])
    func anAddressInAFreeTextIsAHandle(text: String) throws {
        #expect(try self.handles(text) == [self.handle(.email, "al.b+c@example.com")])
    }

    @Test func sweptAddressesComeAfterWhatNamesAPersonOrAPurchase() throws {
        let text = """
            {"name":"checkout_started","clientId":"c-1","data":{"cart":{"id":"k1"},"checkout":{"token":"ch1","attributes":
            [{"key":"gift for","value":"friend@example.com"}]}}}
            """
        #expect(
            try self.handles(text) == [
                self.handle(.checkout, "ch1"), self.handle(.email, "friend@example.com"), self.handle(.cart, "k1"),
                self.handle(.client, "c-1"),
            ])
        let lead =
            #"{"phone":"+1 555-625-1199","email":"a@example.com","message":"or friend@example.com, a@example.com"}"#
        #expect(
            try self.handles(lead, .widget, "lead") == [
                self.handle(.email, "a@example.com"), self.handle(.phone, "15556251199"),
                self.handle(.email, "friend@example.com"),
            ])
    }

    @Test func manyAddressesDoNotPushOutWhoeverIsNamed() throws {
        let many = (0..<40).map { "p\($0)@example.com" }.joined(separator: " ")
        let text = #"{"name":"checkout_started","clientId":"c-1","data":{"checkout":{"token":"ch1"}},"x":"\#(many)"}"#
        let handles = try self.handles(text)
        #expect(handles.count == SealedHead.handlesMax)
        #expect(handles.first?.kind == .checkout && handles.last?.kind == .client)
    }

    @Test func webhooksOnlyMentionWhomTheirPointersDoNotName() throws {
        let text = #"{"id":1001,"note":"for friend@example.com","email":"a@example.com"}"#
        let event = try Workbench().clean(text, source: .webhook, name: "orders/create").event
        let friend = try self.handle(.email, "friend@example.com")
        #expect(
            event.handles == [try self.handle(.order, "1001"), try self.handle(.email, "a@example.com"), friend])
        #expect(event.mentioned == [friend])
    }

    /// Who reads the log takes nobody for a person of the event who is only mentioned there.
    @Test func theHeadTellsWhoIsOnlyMentioned() throws {
        func head(_ text: String, _ source: EventSource, _ name: String?) throws -> SealedHead {
            let sealed = try Workbench().clean(text, source: source, name: name).event.sealed
            let head = SealedHead(sealed.span)
            return try #require(head)
        }
        let (anna, berta) = (try self.handle(.email, "anna@example.com"), try self.handle(.email, "berta@example.com"))
        let lead = try head(#"{"email":"anna@example.com","message":"tell berta@example.com"}"#, .widget, "lead")
        #expect(lead.handles == [anna] && lead.mentioned == [berta] && !lead.isOwnerMentioned)
        let query = #"{"name":"x","clientId":"c-1","customData":{"q":"berta@example.com or anna@example.com"}}"#
        let search = try head(query, .pixel, nil)
        #expect(search.handles == [berta, try self.handle(.client, "c-1")])
        #expect(search.mentioned == [anna] && search.isOwnerMentioned)
        let gift = try head(
            #"{"name":"x","data":{"checkout":{"token":"t","attributes":[{"value":"berta@example.com"}]}}}"#, .pixel,
            "checkout_started")
        #expect(gift.handles == [try self.handle(.checkout, "t")] && gift.mentioned == [berta])
    }

    /// Of a purchase's addresses those are another contact's that do not stand beside the customer's id, in whatever order.
    @Test(arguments: [
        (#""email":"b@x.de","customer":{"id":5,"email":"a@x.de"}"#, ["b@x.de"]),
        (#""contact_email":"a@x.de","email":"b@x.de","customer":{"id":5,"email":"a@x.de"}"#, ["b@x.de"]),
        (#""customer":{"email":"a@x.de","id":5},"email":"b@x.de""#, ["b@x.de"]),
        (#""email":"b@x.de","customer":{"id":5,"email":null}"#, ["b@x.de"]),
        (#""email":"b@x.de","contact_email":"c@x.de","customer":{"id":5,"email":""}"#, ["b@x.de", "c@x.de"]),
        (#""email":"a@x.de","customer":{"id":5,"email":"A@x.de"}"#, []),
        (#""email":"b@x.de","customer":{"id":5}"#, []), (#""email":"b@x.de","customer":null"#, []),
    ])
    func theHeadTellsWhichAddressIsAnotherContacts(text: String, contacts: [String]) throws {
        let expected = try contacts.map { try self.handle(.email, $0) }
        for name in ["orders/create", "checkouts/update", "draft_orders/create"] {
            let event = #"{"id":1001,"order_id":1001,"token":"t",\#(text)}"#
            let sealed = try Workbench().clean(event, source: .webhook, name: name).event.sealed
            let head = SealedHead(sealed.span)
            #expect(head?.contacts == expected, "\(name)")
            let named = NamedEvent(head?.handles ?? [], contacts: head?.contacts ?? [], from: .webhook)
            #expect(named.otherContacts == expected && head?.handles.isEmpty == false)
        }
        // Their own data.
        let own = #"{"id":5,"email":"a@x.de"}"#
        let sealed = try Workbench().clean(own, source: .webhook, name: "customers/update").event.sealed
        let head = SealedHead(sealed.span)
        #expect(head?.contacts.isEmpty == true)
    }

    /// Topics that no line of the pipelines names.
    @Test(arguments: [
        (#"{"order_id":7,"message":"x","zip":"1"}"#, HandleKind.order, "7"),
        (#"{"order":{"id":7},"customer_note":"x"}"#, .order, "7"),
        (#"{"admin_graphql_api_order_id":"gid://shopify/Order/7","note":"x"}"#, .order, "7"),
        (#"{"customer_id":8,"note":"x"}"#, .customer, "8"),
        (#"{"admin_graphql_api_customer_id":"gid://shopify/Customer/8","note":"x"}"#, .customer, "8"),
    ])
    func unlistedTopicsSayWhoseTheyAre(text: String, kind: HandleKind, id: String) throws {
        #expect(try self.handles(text, .webhook, "some_things/create") == [self.handle(kind, id)])
    }
}
