internal import Cryptography

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

    /// Derives all of them from the shop's unwrapped key.
    package init(shopKey: [UInt8]) {
        self.handle = HKDF.derive(secret: shopKey, info: "footfall handle")
        self.visitor = HKDF.derive(secret: shopKey, info: "footfall visitor")
        self.content = HKDF.derive(secret: shopKey, info: "footfall content")
        self.subjectWrap = HKDF.derive(secret: shopKey, info: "footfall subject wrap")
        self.widgetToken = HKDF.derive(secret: shopKey, info: "footfall widget token")
    }
}
