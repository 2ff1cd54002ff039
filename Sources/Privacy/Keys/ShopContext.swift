package import Cryptography
package import EventModel

/// A shop's keys made ready for use. Belongs to one thread at a time; making one costs some microseconds, so whoever
/// handles many events keeps them.
package final class ShopContext {
    /// The shop.
    package let shop: ShopID
    /// The keys themselves.
    package let keys: ShopKeys
    /// Fingerprints of contents and identities.
    package let content: Fingerprint128
    let visitors: HMACSHA256
    let handles: HMACSHA256
    private let wrapping: AES256GCM

    private static let layout: UInt8 = 1

    /// The context of `shop` under its keys.
    package init(shop: ShopID, keys: ShopKeys) {
        self.shop = shop
        self.keys = keys
        self.content = Fingerprint128(key: keys.content)
        self.visitors = HMACSHA256(key: keys.visitor)
        self.handles = HMACSHA256(key: keys.handle)
        self.wrapping = AES256GCM(key: keys.subjectWrap)
    }

    /// A subject key wrapped for storage, bound to shop and key id: layout u8 (1) · nonce 12 · sealed key 48.
    package func wrap(subjectKey: [UInt8], keyID: Key128) -> [UInt8] {
        self.wrap(subjectKey: subjectKey, keyID: keyID, nonce: SecureRandom.bytes(AES256GCM.nonceByteCount))
    }

    /// The same with a nonce that the caller drew, and uses once.
    func wrap(subjectKey: [UInt8], keyID: Key128, nonce: [UInt8]) -> [UInt8] {
        [Self.layout] + nonce + self.wrapping.seal(subjectKey, nonce: nonce, aad: self.binding(keyID))
    }

    /// The subject key in `wrapped`, which was wrapped for this shop under `keyID`.
    package func unwrap(_ wrapped: [UInt8], keyID: Key128) throws(PrivacyError) -> [UInt8] {
        let start = 1 + AES256GCM.nonceByteCount
        guard wrapped.count == start + Vault.keyBytes + AES256GCM.tagByteCount, wrapped[0] == Self.layout else {
            throw PrivacyError(.malformed, "a subject key has not the form that this version writes")
        }
        do {
            return try self.wrapping.open(
                Array(wrapped[start...]), nonce: Array(wrapped[1..<start]), aad: self.binding(keyID))
        } catch {
            throw PrivacyError(.wrongKey, "a subject key belongs to another shop or another key id")
        }
    }

    private func binding(_ keyID: Key128) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendInteger(self.shop)
        return bytes + keyID.bytes
    }
}
