import EventModel
import Foundation
import Pipelines
import Privacy
import Testing

/// After an erasure nothing personal of its subject is kept, not even sealed.
@Suite struct FenceTests {
    private static let checkout = """
        {"name":"checkout_started","clientId":"browser-1","data":{"checkout":{"token":"ch1","email":"a@example.com",
        "phone":"+1 555-625-1199","shippingAddress":{"zip":"10115","countryCode":"DE"}}},
        "customData":{"say":"write to a@example.com please"}}
        """

    @Test(arguments: [(HandleKind.email, "A@example.com "), (.phone, "15556251199")])
    func aFencedEventKeepsNothingPersonal(kind: HandleKind, text: String) throws {
        let bench = try Workbench()
        bench.subjects.fence.add(shop: 7, [try bench.handle(kind, text)])
        let cleaned = try bench.clean(Self.checkout)
        let event = cleaned.event
        #expect(event.isFenced && event.sealed.isEmpty && event.grants.isEmpty && event.handles.isEmpty)
        for gone in ["a@example.com", "555", "10115", "sealed"] { #expect(!cleaned.text.contains(gone)) }
        #expect(cleaned.text.contains(#""email":null"#) && cleaned.text.contains("write to (removed) please"))
        #expect(cleaned.text.contains(#""token":"ch1""#) && cleaned.text.contains(#""countryCode":"DE""#))
        #expect(event.visitor.kind == .client)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(cleaned.payload)) }
        #expect(bench.subjects.fence.eventCount == 1)
    }

    @Test func othersAreSealedAsBefore() throws {
        let bench = try Workbench()
        let fence = bench.subjects.fence
        fence.add(shop: 7, [try bench.handle(.email, "b@example.com"), try bench.handle(.order, "1001")])
        fence.add(shop: 8, [try bench.handle(.email, "a@example.com")])
        // Carts and browsers are not fenced, and a checkout only where nobody else is named.
        fence.add(shop: 7, [try bench.handle(.client, "browser-1"), try bench.handle(.checkout, "ch1")])
        #expect(fence.count == 4)
        let cleaned = try bench.clean(Self.checkout)
        #expect(!cleaned.event.isFenced && !cleaned.event.grants.isEmpty && fence.eventCount == 0)
        #expect(try bench.open(cleaned) == Self.checkout)
        let nobody = #"{"name":"checkout_started","data":{"checkout":{"token":"ch1","shippingAddress":{"zip":"1"}}}}"#
        #expect(try bench.clean(nobody).event.isFenced)
    }

    @Test func anOrderOfAnErasedCustomerIsKeptWithoutThem() throws {
        let bench = try Workbench()
        bench.subjects.fence.add(shop: 7, [try bench.handle(.customer, "55")])
        let text = #"{"id":1001,"total_price":"9.00","email":"a@example.com","customer":{"id":55,"first_name":"Al"}}"#
        let cleaned = try bench.clean(text, source: .webhook, name: "orders/updated")
        #expect(
            cleaned.text == #"{"id":1001,"total_price":"9.00","email":null,"customer":{"id":null,"first_name":null}}"#)
        // Nothing is sealed; that the order is the erased customer's is told, for what names the order alone.
        let head = SealedHead(cleaned.event.sealed.span)
        let order = try bench.handle(.order, "1001")
        #expect(try #require(head).fields.isEmpty && head?.handles == [order])
        #expect(cleaned.event.grants.isEmpty)
    }

    @Test func aRequestKeepsItsHandlesAndNothingElse() throws {
        let bench = try Workbench()
        let text = #"{"customer":{"id":55,"email":"a@example.com","phone":null},"orders_to_redact":[1001]}"#
        let handles = [try bench.handle(.customer, "55"), try bench.handle(.email, "a@example.com")]
        bench.subjects.fence.add(shop: 7, handles)
        let cleaned = try bench.clean(text, source: .webhook, name: "customers/redact")
        #expect(cleaned.text == #"{"customer":{"id":null,"email":null,"phone":null},"orders_to_redact":[1001]}"#)
        let head = SealedHead(cleaned.event.sealed.span)
        #expect(try #require(head).handles == handles)
        #expect(try #require(head).fields.isEmpty && cleaned.event.grants.isEmpty)
        // Two handles around nothing: who reads the log tells it by its length.
        #expect(cleaned.event.sealed.count == 47 + 17 * 2)
    }

    @Test func anErasedCustomerIsNoVisitorAnyMore() throws {
        let bench = try Workbench()
        let chat = { try bench.clean(#"{"name":"chat"}"#, source: .widget, name: "chat", customer: "55") }
        #expect(try chat().event.visitor.kind == .customer)
        bench.subjects.fence.add(shop: 7, [try bench.handle(.customer, "55")])
        #expect(try chat().event.visitor.kind == .daily)
    }

    @Test func noKeyOfAFencedHandleIsKept() throws {
        let bench = try Workbench()
        let ring = bench.subjects
        let erased = try bench.handle(.email, "a@example.com")
        let other = try bench.handle(.email, "b@example.com")
        let key = ring.key(for: erased, in: bench.shop).key
        let kept = ring.key(for: other, in: bench.shop).key
        ring.fence.add(shop: 7, [erased])
        // Passed the fence before it was closed: still the old key, whose row the erasure destroys.
        #expect(ring.key(for: erased, in: bench.shop).key == key)
        ring.forget([erased], shop: 7)
        // The same, but later: a key that nobody keeps and whose grant the log refuses.
        let late = ring.key(for: erased, in: bench.shop)
        #expect(late.key != key && late.grant != nil)
        #expect(ring.key(for: erased, in: bench.shop).key != late.key)
        #expect(ring.key(for: other, in: bench.shop).key == kept)
        ring.forget(shop: 7)
        #expect(ring.key(for: other, in: bench.shop).key != kept)
    }

    @Test func aMentionOfAnErasedPersonDoesNotTakeTheWritersDataAway() throws {
        let bench = try Workbench()
        bench.subjects.fence.add(shop: 7, [try bench.handle(.email, "friend@example.com")])
        let text = #"{"email":"a@example.com","message":"friend@example.com sent me"}"#
        #expect(try !bench.clean(text, source: .widget, name: "lead").event.isFenced)
        let alone = #"{"name":"search_submitted","data":{"searchResult":{"query":"friend@example.com"}}}"#
        let cleaned = try bench.clean(alone)
        #expect(cleaned.event.isFenced && cleaned.text.contains(#""query":"(removed)""#))
    }

    @Test func handlesOfOtherShopsAndKindsAreOthers() throws {
        let fence = Fence()
        let handles = (0..<2_000).map { number in
            Handle(kind: .email, hash: Key128(high: UInt64(number), low: UInt64(number) << 32))
        }
        fence.add(shop: 1, handles)
        #expect(fence.count == 2_000)
        #expect(handles.allSatisfy { fence.contains($0, shop: 1) && !fence.contains($0, shop: 2) })
        #expect(!fence.holds(shop: 1, [Handle(kind: .phone, hash: handles[5].hash)]))
    }
}
