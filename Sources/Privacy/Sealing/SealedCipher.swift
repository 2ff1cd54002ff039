internal import Cryptography
internal import EventModel

/// The one message that holds all personal values of an event. Keeps its contexts; one thread at a time.
final class SealedCipher {
    static let nonceBytes = AES256GCM.nonceByteCount
    static let tagBytes = AES256GCM.tagByteCount

    private let cipher = AES256GCM(key: [UInt8](repeating: 0, count: AES256GCM.keyByteCount))
    private let random = BufferedRandom()

    /// Appends a fresh nonce and the sealed `plain` to `sealed`, which holds the head. Nonces are random: a subject
    /// key seals far fewer than the 2^32 messages for which that is safe.
    func seal(_ plain: [UInt8], under key: [UInt8], shop: ShopID, event: Key128, into sealed: inout [UInt8]) {
        self.random.append(Self.nonceBytes, to: &sealed)
        let head = sealed
        self.cipher.setSealingKey(key.span)
        self.cipher.seal(
            plain.span, nonce: head.span.extracting(last: Self.nonceBytes), aad: head.span,
            Self.binding(shop, event).span, appendingTo: &sealed)
    }

    /// The values of `sealed`, whose head has `headBytes`.
    func open(
        _ sealed: [UInt8], headBytes: Int, under key: [UInt8], shop: ShopID, event: Key128
    ) throws(PrivacyError) -> [UInt8] {
        let head = sealed.span.extracting(first: headBytes)
        var plain: [UInt8] = []
        self.cipher.setKey(key.span)
        do {
            try self.cipher.open(
                sealed.span.extracting(headBytes...), nonce: head.extracting(last: Self.nonceBytes), aad: head,
                Self.binding(shop, event).span, appendingTo: &plain)
        } catch {
            throw PrivacyError(.wrongKey, "sealed values do not open: another key, shop or event, or changed bytes")
        }
        return plain
    }

    private static func binding(_ shop: ShopID, _ event: Key128) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendInteger(shop)
        bytes.appendInteger(event.high)
        bytes.appendInteger(event.low)
        return bytes
    }
}
