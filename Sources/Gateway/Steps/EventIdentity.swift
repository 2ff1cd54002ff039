internal import Cryptography
internal import EventModel
internal import Privacy

/// Builds the bytes that identities are hashed from: each part with its length, so that no two lists of parts agree.
struct IdentityBytes {
    /// What kind of identity it is; kinds never meet.
    enum Kind: UInt8 {
        case pixel = 1
        case widget = 2
        case webhookDelivery = 3
        case webhookEvent = 4
        case webhookKey = 5
    }

    private var bytes: [UInt8] = []

    /// Begins an identity; storage is used again.
    mutating func begin(_ kind: Kind) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(kind.rawValue)
    }

    mutating func add(_ part: Span<UInt8>) {
        bytes.appendInteger(UInt32(part.count))
        bytes.append(part)
    }

    mutating func add(_ text: String) {
        bytes.appendInteger(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// Adds a JSON string's content, unescaped, or a number's text.
    mutating func add(_ body: Span<UInt8>, _ match: JSONMatch) {
        let start = bytes.count
        bytes.appendInteger(UInt32(0))
        JSONText.unescape(body, match, into: &bytes)
        bytes.patchInteger(UInt32(bytes.count - start - 4), at: start)
    }

    /// The keyed hash under the shop's key.
    func hash(_ shop: ShopContext) -> Key128 {
        let hash = shop.content.of(bytes.span)
        return Key128(high: hash.high, low: hash.low)
    }
}

extension ShopContext {
    /// The keyed fingerprint of an event's bytes as they were sent.
    func contentHash(_ bytes: Span<UInt8>) -> UInt64 { content.of(bytes).low }
}
