package import EventModel
package import Postgres

/// Event counts by a dimension of the event itself, per 15 minutes of its own time: `pages.event_count`. Sums only.
///
/// Every event is in one row of a dimension at most: one with several products is in the row of that set of products, so
/// that totals count it once. What has no value is in no row; it is the difference to the rows of `name`.
package struct PagesProjection: Projection {
    /// A batch's sums.
    package struct Changes {
        /// Written beside `event_bucket`.
        var waiting: [PageCounts] = []
        /// Of shops for which it is time, added to `event_bucket`.
        var added: [PageCounts] = []
        /// Those of the latter of whom something waits.
        var merged: [ShopID] = []
        /// How many values then wait of each shop of the batch.
        var pending: [ShopID: Int32] = [:]
    }

    /// Where an event counts, whatever the dimension.
    struct Place: Hashable {
        let shop: ShopID
        let isBot: Bool
        let bucket: Int64
    }

    /// Name of the schema and of its file.
    package static let name = "pages"
    private let lane: Lane
    private let schema: String
    private let deltas: PageDeltas
    /// How many values wait of each shop; nil while nobody has looked.
    private var pending: [ShopID: Int32]?

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
        self.deltas = PageDeltas(lane: lane, schema: schema)
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        var sums = PageSums()
        let events = batch.events.span
        for index in events.indices where events[index].isVisit { sums.add(events, at: index) }
        let pending = try self.pending ?? deltas.pending(on: connection)
        self.pending = pending
        return changes(sums.counts, pending)
    }

    private func changes(_ counts: [PageCounts], _ pending: [ShopID: Int32]) -> Changes {
        var changes = Changes()
        for place in counts {
            let shop = place.place.shop
            changes.pending[shop, default: pending[shop] ?? 0] += Int32(place.entries.count)
        }
        for (shop, count) in changes.pending where count > PageDeltas.entriesMax {
            changes.pending[shop] = 0
            if pending[shop] ?? 0 > 0 { changes.merged.append(shop) }
        }
        for place in counts {
            if changes.pending[place.place.shop] == 0 {
                changes.added.append(place)
            } else {
                changes.waiting.append(place)
            }
        }
        return changes
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        try deltas.append(changes.waiting, on: connection)
        try deltas.add(changes.added, waiting: changes.merged, on: connection)
    }

    /// Counts say nothing of persons: only a shop takes them along.
    package func redact(
        _ tombstone: Tombstone, version: Position, on connection: PostgresConnection
    ) throws -> Int64 {
        guard tombstone.scope == .shop else { return 0 }
        return try ShopRows.remove(tombstone.shop, lane: lane, schema: schema, on: connection)
    }

    /// The transaction was committed.
    package mutating func confirm(_ changes: Changes) { pending?.merge(changes.pending) { $1 } }
    /// Forgets what is kept in memory.
    package mutating func reset() { pending = nil }
}

/// Dimensions of an event itself, as `event_bucket.dimension` names them.
package enum EventDimension: UInt8, Sendable, CaseIterable {
    case page, name, product, variant, collection, searchTerm

    /// The stored name.
    package var name: String {
        // Not "\(self)", which looks the name up by reflection: this is asked for each row.
        switch self {
        case .page: "page"
        case .name: "name"
        case .product: "product"
        case .variant: "variant"
        case .collection: "collection"
        case .searchTerm: "search_term"
        }
    }

    /// An event can have several values.
    package var isOfMany: Bool { self == .product || self == .variant }

    /// U+001F, the separator of units (ISO 646), stands between the values of a set; it is part of none.
    package static let separator: Unicode.Scalar = "\u{1F}"
    /// An entry of the table's index has at most 2,704 bytes. A hundred ids of Shopify's fit; longer sets are cut.
    private static let joinedBytesMax = 2_000

    /// The values of an event as one text, whatever their order.
    static func joined(_ values: [String]) -> String {
        if values.count == 1 { return clean(values[0]) }
        var joined = ""
        for value in values.sorted() {
            let clean = clean(value)
            guard joined.utf8.count + clean.utf8.count < joinedBytesMax else { break }
            if clean.isEmpty { continue }
            if !joined.isEmpty { joined.unicodeScalars.append(separator) }
            joined += clean
        }
        return joined
    }

    private static func clean(_ value: String) -> String {
        guard value.utf8.contains(UInt8(ascii: separator)) else { return value }
        return String(String.UnicodeScalarView(value.unicodeScalars.filter { $0 != separator }))
    }
}
