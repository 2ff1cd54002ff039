/// A new subject key on its way to the key table: the gateway made it, the drain stores it in the transaction that
/// appends the events sealed under it.
package struct SubjectKeyGrant: Sendable, Equatable {
    package let shop: ShopID
    /// Names the key; random.
    package let keyID: Key128
    /// What kind of handle the key was made for (`HandleKind` of Privacy).
    package let handleKind: UInt8
    /// The handle's keyed hash.
    package let handle: Key128
    /// The key, wrapped by a key of the shop. At most 255 bytes.
    package let wrapped: [UInt8]

    package init(shop: ShopID, keyID: Key128, handleKind: UInt8, handle: Key128, wrapped: [UInt8]) {
        self.shop = shop
        self.keyID = keyID
        self.handleKind = handleKind
        self.handle = handle
        self.wrapped = wrapped
    }
}

/// A second identity of an event, unique per lane over the whole retention: a webhook's (shop, topic, webhook id) and
/// (shop, topic, event id, body), a widget event's (shop, id). The event's own time is no part of it.
package struct EventAlias: Sendable, Equatable {
    /// Index of the event in its batch.
    package let event: UInt16
    package let alias: Key128

    package init(event: UInt16, alias: Key128) {
        self.event = event
        self.alias = alias
    }
}

/// A count that the gateway hands over for the accounting of a shop: events refused for a reason.
package struct RefusalTally: Sendable, Equatable {
    package let shop: ShopID
    package let reason: DropReason
    package let count: UInt32

    package init(shop: ShopID, reason: DropReason, count: UInt32) {
        self.shop = shop
        self.reason = reason
        self.count = count
    }
}
