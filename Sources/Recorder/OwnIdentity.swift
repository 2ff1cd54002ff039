internal import Cryptography
internal import EventModel
internal import Privacy

/// The identities of one own event, keyed by the shop. The bytes hashed begin with a kind that no other maker of
/// identities uses (the gateway has 1 to 5), and each part stands with its length.
struct OwnIdentity {
    private enum Kind: UInt8 {
        case history = 6
        case system = 7
    }

    /// The event's key.
    let key: Key128
    /// Tells a repeat from a conflict.
    let content: UInt64
    /// The other identities.
    let aliases: [Key128]

    init(_ event: OwnEvent, in shop: ShopContext) {
        let digest = shop.content.of(event.payload.span)
        content = digest.low
        var bytes: [UInt8] = []
        switch event.source {
        case .history:
            bytes.append(Kind.history.rawValue)
            Self.add(event, to: &bytes)
            // The content is part of it: what changed without a newer time is still an event of its own.
            bytes += Key128(high: digest.high, low: digest.low).bytes
            aliases = []
        case .system:
            bytes.append(Kind.system.rawValue)
            Self.add(event, to: &bytes)
            // Its time is the recorder's and may differ from try to try, so the key alone would not find a repeat.
            let hash = shop.content.of(bytes.span)
            aliases = [Key128(high: hash.high, low: hash.low)]
        }
        let hash = shop.content.of(bytes.span)
        key = EventKey.make(timeMillis: event.occurredAt, hash: Key128(high: hash.high, low: hash.low))
    }

    private static func add(_ event: OwnEvent, to bytes: inout [UInt8]) {
        for part in [event.name, event.identity] {
            bytes.appendInteger(UInt32(part.utf8.count))
            bytes.append(contentsOf: part.utf8)
        }
    }
}
