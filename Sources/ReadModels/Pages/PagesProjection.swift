package import EventModel
package import Postgres

/// Event counts by a dimension of the event itself, per 15 minutes of its own time: `pages.event_bucket`. Sums only.
///
/// Every event is in one row of a dimension at most: one with several products is in the row of that set of products, so
/// that totals count it once. What has no value is in no row; it is the difference to the rows of `name`.
package struct PagesProjection: Projection {
    /// A batch's sums.
    package struct Changes {
        var counts: [Key: EventCounts] = [:]
    }

    struct Key: Hashable {
        let shop: ShopID
        let isBot: Bool
        let dimension: EventDimension
        let bucket: Int64
        let value: String
    }

    /// Where an event counts, whatever the dimension.
    struct Place: Hashable {
        let shop: ShopID
        let isBot: Bool
        let bucket: Int64

        init(_ event: borrowing EventFacts) {
            shop = event.shop
            isBot = event.traits.contains(.bot)
            bucket = Activity.bucket(of: event.order.time)
        }
    }

    /// Name of the schema and of its file.
    package static let name = "pages"
    private let lane: Lane
    private let schema: String
    private let upsertSQL: String

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
        upsertSQL = """
            insert into \(schema).event_bucket as b (lane, shop_id, bucket, dimension, value, bot, events, pageviews,
                product_views, add_to_carts, checkouts, purchases)
            select $1, * from unnest($2::int4[], $3::timestamptz[], $4::text[], $5::text[], $6::bool[], $7::int8[],
                $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int8[])
            on conflict (lane, shop_id, dimension, bucket, value, bot) do update set
                events = b.events + excluded.events,
                pageviews = b.pageviews + excluded.pageviews,
                product_views = b.product_views + excluded.product_views,
                add_to_carts = b.add_to_carts + excluded.add_to_carts,
                checkouts = b.checkouts + excluded.checkouts,
                purchases = b.purchases + excluded.purchases
            """
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        var sums = PageSums()
        // Looked at in place: an event is large to copy.
        let events = batch.events.span
        for index in events.indices where events[index].isVisit { sums.add(events[index]) }
        return Changes(counts: sums.counts)
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        guard !changes.counts.isEmpty else { return }
        // In the order of the primary key, so that neighbours touch the same index pages.
        let rows = changes.counts.sorted { $0.key < $1.key }
        let keys = rows.map(\.key)
        func column(_ count: (EventCounts) -> Int64) -> PostgresValue { .int8Array(rows.map { count($0.value) }) }
        _ = try connection.query(
            upsertSQL,
            [
                .int2(lane), .int4Array(keys.map(\.shop)),
                .timestampArray(keys.map { $0.bucket * Activity.bucketMillis }),
                .textArray(keys.map(\.dimension.name)), .textArray(keys.map(\.value)), .boolArray(keys.map(\.isBot)),
                column(\.events), column(\.pageviews), column(\.productViews), column(\.addToCarts),
                column(\.checkouts),
                column(\.purchases),
            ])
    }

    /// Counts say nothing of persons: only a shop takes them along.
    package func redact(
        _ tombstone: Tombstone, version: Position, on connection: PostgresConnection
    ) throws -> Int64 {
        guard tombstone.scope == .shop else { return 0 }
        return try ShopRows.remove(tombstone.shop, lane: lane, schema: schema, on: connection)
    }

    /// The transaction was committed.
    package mutating func confirm(_ changes: Changes) {}
    /// Forgets what is kept in memory.
    package mutating func reset() {}
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
        guard values.count > 1 || values.contains(where: { $0.utf8.contains(UInt8(ascii: separator)) }) else {
            return values.first ?? ""
        }
        var joined = ""
        for value in values.sorted() {
            let clean = String(String.UnicodeScalarView(value.unicodeScalars.filter { $0 != separator }))
            guard joined.utf8.count + clean.utf8.count < joinedBytesMax else { break }
            if !clean.isEmpty { joined += (joined.isEmpty ? "" : String(separator)) + clean }
        }
        return joined
    }
}

extension PagesProjection.Key: Comparable {
    static func < (left: Self, right: Self) -> Bool {
        if left.shop != right.shop { return left.shop < right.shop }
        if left.dimension != right.dimension { return left.dimension.rawValue < right.dimension.rawValue }
        if left.bucket != right.bucket { return left.bucket < right.bucket }
        if left.value != right.value { return left.value < right.value }
        return !left.isBot && right.isBot
    }
}
