internal import Cryptography
package import EventModel

/// The keys that a shop's one key gives, a purpose each, so that none says anything about another.
package struct ShopKeys: Sendable {
    /// Hashes handles of data subjects: client ids, customer ids, e-mail addresses and so on.
    package let handle: [UInt8]
    /// Hashes visitors without consent, after the day's salt.
    package let visitor: [UInt8]
    /// Hashes identities and contents of events.
    package let content: [UInt8]
    /// Wraps subject keys.
    package let subjectWrap: [UInt8]
    /// Signs the widget's session tokens.
    package let widgetToken: [UInt8]
    /// Names the shop's key, and says nothing of it: for receipts.
    package let id: Key128

    /// Derives all of them from the shop's unwrapped key.
    package init(shopKey: [UInt8]) {
        self.handle = HKDF.derive(secret: shopKey, info: "footfall handle")
        self.visitor = HKDF.derive(secret: shopKey, info: "footfall visitor")
        self.content = HKDF.derive(secret: shopKey, info: "footfall content")
        self.subjectWrap = HKDF.derive(secret: shopKey, info: "footfall subject wrap")
        self.widgetToken = HKDF.derive(secret: shopKey, info: "footfall widget token")
        self.id = Key128(bytes: Array(HKDF.derive(secret: shopKey, info: "footfall shop key id").prefix(16)))
    }
}
