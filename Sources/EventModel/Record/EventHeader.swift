/// The fixed part of a stored event: what the log keeps in columns.
package struct EventHeader: Sendable, Equatable {
    package var shop: ShopID
    package var source: EventSource
    package var flags: EventFlags
    package var visitorKind: VisitorKind
    /// Version of the compression dictionary of the payload; 0 is none.
    package var dictionary: UInt8
    package var country: CountryCode
    /// The event's own time, clamped; milliseconds.
    package var occurredAt: Int64
    /// The gateway's clock; milliseconds.
    package var receivedAt: Int64
    /// The event's identity: its own time in the upper 48 bits, a keyed hash in the rest (see `EventKey`).
    package var key: Key128
    /// Keyed hash of the bytes as they were sent: same key and other content is a conflict.
    package var content: UInt64
    /// The visitor's pseudonym. For a webhook, which has none, the id of its delivery where that is a UUID.
    package var visitor: Key128

    package init(
        shop: ShopID, source: EventSource, flags: EventFlags = .allConsent, visitorKind: VisitorKind = .none,
        dictionary: UInt8 = 0, country: CountryCode = .unknown, occurredAt: Int64, receivedAt: Int64, key: Key128,
        content: UInt64, visitor: Key128 = .zero
    ) {
        self.shop = shop
        self.source = source
        self.flags = flags
        self.visitorKind = visitorKind
        self.dictionary = dictionary
        self.country = country
        self.occurredAt = occurredAt
        self.receivedAt = receivedAt
        self.key = key
        self.content = content
        self.visitor = visitor
    }
}

/// Builds event identities.
package enum EventKey {
    /// The upper 48 bits are `timeMillis`, so that keys of live events grow and inserts stay at the index's right
    /// edge; the other 80 are of `hash`, a keyed hash of the whole identity. Times outside 48 bits count as 0.
    package static func make(timeMillis: Int64, hash: Key128) -> Key128 {
        let time = (0..<1 << 48).contains(timeMillis) ? UInt64(timeMillis) : 0
        return Key128(high: time << 16 | hash.high & 0xFFFF, low: hash.low)
    }

    /// The time in `key`, in milliseconds.
    package static func timeMillis(_ key: Key128) -> Int64 { Int64(key.high >> 16) }
}
