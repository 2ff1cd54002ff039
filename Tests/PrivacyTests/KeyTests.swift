import EventModel
import Pipelines
import Privacy
import Testing

@Suite struct KeyTests {
    private static let one = [UInt8](repeating: 1, count: 32)
    private static let two = [UInt8](repeating: 2, count: 32)

    @Test func aVaultOpensWhatItWrappedAndWhatThePreviousKeyWrapped() throws {
        let key = Vault.newKey()
        let old = try Vault(currentKey: Self.one)
        let wrapped = old.wrap(key)
        #expect(wrapped != old.wrap(key))
        #expect(try old.unwrap(wrapped) == key)
        let rotated = try Vault(currentKey: Self.two, previousKey: Self.one)
        #expect(try rotated.unwrap(wrapped) == key)
        #expect(rotated.isStale(wrapped) && !rotated.isStale(rotated.wrap(key)))
        #expect(throws: PrivacyError.self) { try Vault(currentKey: Self.two).unwrap(wrapped) }
        #expect(throws: PrivacyError.self) { try old.unwrap(Array(wrapped.dropLast())) }
        #expect(throws: PrivacyError.self) { try Vault(currentKey: [1]) }
    }

    @Test(arguments: [
        String(repeating: "01", count: 32), "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    ])
    func keysAreReadAsHexOrBase64(text: String) throws {
        #expect(try Vault.keyBytes(of: text) == Self.one)
    }

    @Test(arguments: ["", "0101", "not a key at all", "AQEB"])
    func otherKeysAreRefused(text: String) {
        #expect(throws: PrivacyError.self) { try Vault.keyBytes(of: text) }
    }

    @Test func aShopsKeysDiffer() {
        let keys = ShopKeys(shopKey: Self.one)
        #expect(Set([keys.handle, keys.visitor, keys.content, keys.subjectWrap, keys.widgetToken]).count == 5)
        #expect(keys.handle == ShopKeys(shopKey: Self.one).handle && keys.handle != ShopKeys(shopKey: Self.two).handle)
    }

    @Test func subjectKeysTravelUntilTheyAreConfirmed() throws {
        let shop = ShopContext(shop: 1, keys: ShopKeys(shopKey: Self.one))
        let ring = SubjectKeyring()
        let handle = try #require(shop.handle(.email, "a@example.com"))
        let first = ring.key(for: handle, in: shop)
        let again = ring.key(for: handle, in: shop)
        #expect(first.key == again.key && first.grant == again.grant)
        let grant = try #require(first.grant)
        #expect(try shop.unwrap(grant.wrapped, keyID: grant.keyID) == first.key.bytes)
        #expect(throws: PrivacyError.self) { try shop.unwrap(grant.wrapped, keyID: .zero) }
        ring.confirm(grant)
        #expect(ring.key(for: handle, in: shop).grant == nil)
        ring.forget(handle, shop: 1)
        #expect(ring.key(for: handle, in: shop).key != first.key)
        #expect(ring.key(for: handle, in: ShopContext(shop: 2, keys: ShopKeys(shopKey: Self.one))).key != first.key)
    }

    @Test func aKeyIsUsedForADayAtMost() throws {
        let shop = ShopContext(shop: 1, keys: ShopKeys(shopKey: Self.one))
        let ring = SubjectKeyring(keyLife: .zero)
        let handle = try #require(shop.handle(.email, "a@example.com"))
        let first = ring.key(for: handle, in: shop)
        ring.confirm(try #require(first.grant))
        let next = ring.key(for: handle, in: shop)
        #expect(next.key != first.key && next.grant != nil)
    }

    @Test func theKeyringIsBounded() throws {
        let shop = ShopContext(shop: 1, keys: ShopKeys(shopKey: Self.one))
        let ring = SubjectKeyring(generationMax: 10)
        let first = try #require(shop.handle(.order, "0"))
        let key = ring.key(for: first, in: shop).key
        for order in 1..<15 {
            _ = ring.key(for: try #require(shop.handle(.order, "\(order)")), in: shop)
            #expect(ring.key(for: first, in: shop).key == key)
        }
        for order in 100..<150 { _ = ring.key(for: try #require(shop.handle(.order, "\(order)")), in: shop) }
        #expect(ring.key(for: first, in: shop).key != key)
    }

    @Test(arguments: [
        (HandleKind.email, " John@Example.COM\n", "john@example.com"), (.phone, "+49 (170) 123-45", "4917012345"),
        (.phone, "0049 170 12345", "4917012345"), (.phone, "+1 555-625-1199", "15556251199"),
        (.phone, "0015556251199", "15556251199"), (.phone, "15556251199", "15556251199"),
        (.phone, "tel:+1(555)625-1199;ext=7", "15556251199"), (.phone, "+1 555 625 1199 x 12", "15556251199"),
        (.phone, "+49 (0)170 12345", "4917012345"), (.phone, "\u{FF0B}\u{FF14}\u{FF19} 170 12345", "4917012345"),
        (.phone, "0170 12345", "017012345"), (.phone, "none", ""), (.phone, "1-800-FLOWERS", "1800"),
        (.customer, "gid://shopify/Customer/123", "123"),
        (.customer, "123", "123"),
        (.order, "gid://shopify/OrderIdentity/5396439498987", "5396439498987"),
        (.cart, "gid://shopify/Cart/abc?key=1", "abc"),
        (.cart, "Z2NwLXVz", "Z2NwLXVz"), (.checkout, " 5f70 ", "5f70"), (.email, "  ", ""), (.customer, "none", ""),
    ])
    func handlesAreNormalised(kind: HandleKind, text: String, expected: String) {
        #expect(HandleText.normalised(Array(text.utf8), as: kind) == Array(expected.utf8))
    }
}
