import EventModel
import Foundation
import Pipelines
import Privacy
import TestSupport
import Testing

@Suite struct SealingTests {
    private func value(_ text: String, _ pointer: String) throws -> String? {
        var scanner = JSONScanner()
        let bytes = Array(text.utf8)
        try scanner.scan(bytes.span, pointers: PointerSet([pointer]))
        return scanner.matches.last.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    @Test func everyPersonalPointerOfTheVectorsIsSealedAndOpensAgain() throws {
        var count = 0
        for vector in try PersonalVector.all() {
            let bench = try Workbench()
            let cleaned = try bench.clean(vector.text, source: vector.source, name: vector.name)
            for pointer in vector.pointers {
                #expect(try self.value(cleaned.text, pointer) == #"{"sealed":true}"#, "\(vector.id) \(pointer)")
                count += 1
            }
            #expect(!cleaned.event.sealed.isEmpty || vector.pointers.isEmpty)
            if !cleaned.event.sealed.isEmpty { #expect(try bench.open(cleaned) == vector.text, "\(vector.id)") }
            #expect(cleaned.event.isUnchanged || cleaned.text != vector.text)
        }
        #expect(count > 300)
    }

    @Test func whatReadModelsJoinByStaysReadable() throws {
        for vector in try PersonalVector.all() where vector.source == .webhook && vector.name.hasPrefix("orders/") {
            let cleaned = try Workbench().clean(vector.text, source: .webhook, name: vector.name)
            for pointer in ["/id", "/total_price", "/currency", "/line_items/0/quantity", "/cart_token"] {
                #expect(
                    try self.value(cleaned.text, pointer) == self.value(vector.text, pointer), "\(vector.id) \(pointer)"
                )
            }
        }
    }

    @Test func anEventWithoutPersonalValuesIsNotTouched() throws {
        let vector = try #require(PersonalVector.all().first { $0.id == "rudder-page_viewed" })
        let cleaned = try Workbench().clean(vector.text)
        #expect(cleaned.event.isUnchanged)
        #expect(cleaned.event.sealed.isEmpty && cleaned.event.grants.isEmpty && cleaned.event.handles.isEmpty)
        #expect(cleaned.event.visitor.kind == .client)
    }

    @Test func everyOccurrenceHoweverWrittenIsSealed() throws {
        let text = """
            { "name" : "checkout_started" , "data" : { "checkout" : { "email" : "marker1@example.com" , "em\\u0061il" :
            "marker2" , "phone" : [ "marker3" , { "x" : "marker4" } ] , "email" : 17117 , "attributes" : [ { "key" :
            "marker5" , "value" : [ "marker6" ] } ] , "token" : "kept" } } , "d\\u0061ta" : { "checkout" : { "phone" :
            "marker7" , "shippingAddress":{"zip":"marker8","country":"DE"} } } , "customData":{"marker9@example.com":
            "to marker9@example.com or MARKER9%40example.com, marker9\\u0040example.com\\nmarker9@example.com"} }
            """
        let bench = try Workbench()
        let cleaned = try bench.clean(text)
        #expect(!cleaned.text.lowercased().contains("marker"))
        #expect(!cleaned.text.contains("17117"))
        #expect(cleaned.text.contains("\"kept\"") && cleaned.text.contains("\"DE\""))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(cleaned.payload)) }
        #expect(try bench.open(cleaned) == text)
    }

    @Test func emptyValuesAreNotSealed() throws {
        let text =
            #"{"name":"checkout_started","data":{"checkout":{"email":null,"phone":"","attributes":[],"order":{}}}}"#
        #expect(try Workbench().clean(text).event.isUnchanged)
    }

    @Test(
        arguments: [
            (
                #"{"name":"x","customData":{"user":{"email":"m1","deep":[{"phone":"m2","qty":3}]}}}"#, ["m1", "m2"],
                ["3"]
            ),
            (#"{"name":"x","customData":{"password":"m1","card_number":4242}}"#, ["m1", "4242"], ["null"]),
            (#"{"name":"x","customData":{"user":{"clientIp":"m1"},"size":"XL"}}"#, ["m1"], ["XL"]),
            (#"{"name":"page_viewed","data":{"ip":"m1","page":"p"}}"#, ["m1"], ["\"p\""]),
            (#"{"name":"x","data":{"shippingAddress":{"street":"m1"},"customerId":77123}}"#, ["m1", "77123"], []),
            (#"{"name":"clicked","data":{"element":{"value":"m1","id":"go"}}}"#, ["m1"], ["go"]),
            (
                #"{"name":"form_submitted","data":{"element":{"elements":[{"name":"q","value":"m1"}]}}}"#, ["m1"],
                ["\"q\""]
            ),
            (
                #"{"name":"alert_displayed","data":{"alert":{"value":"m1","message":"bad m2@x.de"}}}"#, ["m1", "m2"],
                ["bad "]
            ),
            (
                #"{"name":"advanced_dom_changed","data":{"x":[{"node":{"textContent":"m1","attributes":{"value":"m2"}}}]}}"#,
                ["m1", "m2"], []
            ),
            (#"{"name":"page_viewed","init":{"data":{"customer":{"id":"m1","firstName":"m2"}}}}"#, ["m1", "m2"], []),
            (
                #"{"name":"page_viewed","context":{"document":{"location":{"href":"https://s/x?key=m1&page=2"}}}}"#,
                ["m1"], ["page=2"]
            ),
            (
                #"{"name":"page_viewed","context":{"document":{"location":{"search":"?c%5Bemail%5D=m1\u0026a=b"}}}}"#,
                ["m1"], ["a=b"]
            ),
            (
                #"{"name":"page_viewed","context":{"document":{"location":{"search":"?e%6Dail=m1&zip%5B%5D=m2&tel[]=m3&b=c"}}}}"#,
                ["m1", "m2", "m3"], ["b=c"]
            ),
            (
                #"{"name":"page_viewed","context":{"document":{"location":{"href":"https://s/x?gcl%69d=m1&e%6Dails=5"}}}}"#,
                ["m1"], ["e%6Dails=5"]
            ),
            (
                #"{"name":"page_viewed","context":{"document":{"referrer":"https://r/?m=m1@x.de","title":"Hi m2@x.de!"}}}"#,
                ["m1", "m2"], ["https://r/", "!"]
            ),
        ] as [(String, [String], [String])])
    func pixelEventsLoseTheirMarkers(text: String, gone: [String], kept: [String]) throws {
        let bench = try Workbench()
        let cleaned = try bench.clean(text)
        for marker in gone { #expect(!cleaned.text.contains(marker), "\(cleaned.text)") }
        for marker in kept { #expect(cleaned.text.contains(marker), "\(cleaned.text)") }
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(cleaned.payload)) }
    }

    @Test(arguments: [
        ("orders/create", #"{"id":1,"po_number":"for m1@x.de","discount_codes":[{"code":"BDAY-m2@x.de"}]}"#),
        ("orders/create", #"{"id":1,"cancel_reason":"call +49 151 55512345 m1","client_ip":"m2"}"#),
        ("disputes/create", #"{"order_id":1,"evidence_text":"m1@x.de says","payment_details":{"ip":"m2"}}"#),
    ])
    func webhooksAreSweptForContacts(name: String, text: String) throws {
        let cleaned = try Workbench().clean(text, source: .webhook, name: name)
        for marker in ["m1@x.de", "m2", "+49 151"] { #expect(!cleaned.text.contains(marker), "\(cleaned.text)") }
    }

    @Test func whatAShopSaysOfItsGoodsIsShownAsItIs() throws {
        let text = #"{"id":1,"vendor":"hello@maker.example","body_html":"Call +49 30 12345678"}"#
        #expect(try Workbench().clean(text, source: .webhook, name: "products/update").event.isUnchanged)
    }

    @Test(arguments: [
        "logo_64x64@2x.png", "lodash@4.17.21", "@handle", "50 @ 20", "https://medium.com/@user", "100%40",
    ])
    func whatOnlyLooksLikeAnAddressStays(text: String) throws {
        let event = #"{"name":"page_viewed","context":{"document":{"title":"\#(text)"}}}"#
        #expect(try Workbench().clean(event).event.isUnchanged)
    }

    @Test func aMovedOrChangedMessageDoesNotOpen() throws {
        let bench = try Workbench()
        let cleaned = try bench.clean(#"{"name":"checkout_started","data":{"checkout":{"email":"a@example.com"}}}"#)
        let grant = try #require(cleaned.event.grants.first)
        let key = try bench.shop.unwrap(grant.wrapped, keyID: grant.keyID)
        let opener = Opener()
        func opens(_ sealed: [UInt8], key: [UInt8], shop: ShopID, event: Key128) -> Bool {
            (try? opener.values(sealed: sealed, under: key, shop: shop, event: event)) != nil
        }
        let sealed = cleaned.event.sealed
        #expect(opens(sealed, key: key, shop: 7, event: bench.key))
        #expect(!opens(sealed, key: key, shop: 8, event: bench.key))
        #expect(!opens(sealed, key: key, shop: 7, event: Key128(high: 1, low: 1)))
        #expect(!opens(sealed, key: Vault.newKey(), shop: 7, event: bench.key))
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 1
            #expect(!opens(changed, key: key, shop: 7, event: bench.key), "byte \(place)")
        }
        for length in 0..<sealed.count {
            #expect(!opens(Array(sealed[..<length]), key: key, shop: 7, event: bench.key))
        }
    }
}
