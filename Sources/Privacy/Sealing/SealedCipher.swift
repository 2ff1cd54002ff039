internal import Cryptography
internal import EventModel

/// The one message that holds all personal values of an event. Keeps its contexts; one thread at a time.
final class SealedCipher {
    static let nonceBytes = AES256GCM.nonceByteCount
    static let tagBytes = AES256GCM.tagByteCount

    /// For nonces, and for whoever makes keys on the same thread.
    let random = BufferedRandom()
    private let cipher = AES256GCM(key: [UInt8](repeating: 0, count: AES256GCM.keyByteCount))

    /// Appends a fresh nonce and the sealed `plain` to `sealed`, which holds the head. Nonces are random: a subject
    /// key seals far fewer than the 2^32 messages for which that is safe.
    func seal(_ plain: [UInt8], under key: [UInt8], shop: ShopID, event: Key128, into sealed: inout [UInt8]) {
        self.random.append(Self.nonceBytes, to: &sealed)
        let bound = Self.bind(shop, event)
        self.cipher.seal(plain.span, under: key.span, aad: bound.span, behind: &sealed)
    }

    /// The values of `sealed`, whose head has `headBytes`.
    func open(
        _ sealed: [UInt8], headBytes: Int, under key: [UInt8], shop: ShopID, event: Key128
    ) throws(PrivacyError) -> [UInt8] {
        let head = sealed.span.extracting(first: headBytes)
        var plain: [UInt8] = []
        self.cipher.setKey(key.span)
        let bound = Self.bind(shop, event)
        do {
            try self.cipher.open(
                sealed.span.extracting(headBytes...), nonce: head.extracting(last: Self.nonceBytes), aad: head,
                bound.span, appendingTo: &plain)
        } catch {
            throw PrivacyError(.wrongKey, "sealed values do not open: another key, shop or event, or changed bytes")
        }
        return plain
    }

    /// Shop and event as both are authenticated: little-endian, one behind the other.
    private static func bind(_ shop: ShopID, _ event: Key128) -> InlineArray<20, UInt8> {
        InlineArray { index in
            switch index {
            case ..<4: UInt8(truncatingIfNeeded: shop >> (8 * ShopID(index)))
            case ..<12: UInt8(truncatingIfNeeded: event.high >> UInt64(8 * (index - 4)))
            default: UInt8(truncatingIfNeeded: event.low >> UInt64(8 * (index - 12)))
            }
        }
    }
}
