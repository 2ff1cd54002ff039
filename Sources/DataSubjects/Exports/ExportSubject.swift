package import EventModel
package import Privacy
package import ReadModels

/// Whose data are gathered, and why.
package struct ExportSubject: Sendable {
    /// The request.
    package var request: Key128
    /// The asker's label, as Shopify's number of a data request.
    package var reference: String?
    /// Unix milliseconds.
    package var askedAt: Int64
    /// The shop.
    package var shop: ShopKey
    /// Its domain.
    package var domain: String
    /// All handles of the person: those that would be erased, and those of carts and browsers.
    package var handles: [Handle]
    /// Log positions of the person's events.
    package var positions: [Position]
    /// Handles that browsers name beside the person, and that were too many to be looked at.
    package var unfollowed = 0

    /// Names a subject.
    package init(
        request: Key128, reference: String? = nil, askedAt: Int64, shop: ShopKey, domain: String, handles: [Handle],
        positions: [Position]
    ) {
        self.request = request
        self.reference = reference
        self.askedAt = askedAt
        self.shop = shop
        self.domain = domain
        self.handles = handles
        self.positions = positions
    }
}

/// What was gathered.
package struct GatheredExport: Sendable, Equatable {
    /// The document, JSON; personal data in the clear.
    package var json: [UInt8]
    /// Events in it.
    package var events: Int
    /// Events that belong to it and whose values are gone or cannot be read.
    package var unreadable: Int
    /// Events that belong to it and were left out, because it would have become too large.
    package var leftOut: Int
}

/// Bounds of one export. A shopper of many years has some thousands of events and a megabyte or two.
package enum ExportLimits {
    /// Events in one export.
    package static let eventsMax = 20_000
    /// Bytes of the events' JSON; the whole export is held in memory some times over.
    package static let bytesMax = 24 << 20
    /// Sessions, orders, leads and customers in one export, each.
    package static let recordsMax = 500
    /// Readings of the audit log in one export, the newest.
    package static let readingsMax = 1000
    /// An export is there this long: time enough for a merchant to hand it on within the law's month.
    package static let lifeMillis: Int64 = 14 * 86_400_000
    /// Once fetched it is there for a day, so that a broken download can be repeated.
    package static let openedLifeMillis: Int64 = 86_400_000
}
