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
    private static let wrappedBytes = 1 + AES256GCM.nonceByteCount + Vault.keyBytes + AES256GCM.tagByteCount

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
        self.wrap(subjectKey: subjectKey, keyID: keyID, nonce: SecureRandom.bytes(AES256GCM.nonceByteCount).span)
    }

    /// The same with a nonce that the caller drew, and uses once.
    func wrap(subjectKey: [UInt8], keyID: Key128, nonce: Span<UInt8>) -> [UInt8] {
        var wrapped: [UInt8] = []
        wrapped.reserveCapacity(Self.wrappedBytes)
        wrapped.append(Self.layout)
        wrapped.append(nonce)
        self.wrapping.seal(
            subjectKey.span, nonce: nonce, aad: self.binding(keyID).span, appendingTo: &wrapped)
        return wrapped
    }

    /// The subject key in `wrapped`, which was wrapped for this shop under `keyID`.
    package func unwrap(_ wrapped: [UInt8], keyID: Key128) throws(PrivacyError) -> [UInt8] {
        let start = 1 + AES256GCM.nonceByteCount
        guard wrapped.count == Self.wrappedBytes, wrapped[0] == Self.layout else {
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
        bytes.reserveCapacity(20)
        bytes.appendInteger(self.shop)
        bytes.append(keyID)
        return bytes
    }
}

extension [UInt8] {
    /// Appends the 16 big-endian bytes of `key`.
    mutating func append(_ key: Key128) {
        self.appendInteger(key.high.byteSwapped)
        self.appendInteger(key.low.byteSwapped)
    }
}
