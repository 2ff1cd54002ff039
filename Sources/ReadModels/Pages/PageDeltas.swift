internal import EventModel
internal import Postgres

/// Writes a batch's counts to `event_delta` and `event_bucket`, inside the caller's transaction.
///
/// A row of `event_bucket` costs as much as reading one event from HTTP to the log, and where many shops send a little
/// each, an event would bring more than one. So a shop's counts wait in `event_delta`, a row a batch, until they are as
/// many as one row a value is worth; readers add up both.
struct PageDeltas {
    /// Values of a shop that may wait. Added to each query of an event's dimension, they take some 1 ms to read.
    static let entriesMax: Int32 = 1_000

    private let lane: Lane
    private let upsertSQL: String
    private let mergeSQL: String
    private let copySQL: String
    private let pendingSQL: String

    init(lane: Lane, schema: String) {
        self.lane = lane
        func upsert(_ rows: String) -> String {
            """
            insert into \(schema).event_bucket as b (lane, shop_id, bucket, dimension, value, bot, \(Self.names))
            select $1, * from \(rows)
            on conflict (lane, shop_id, dimension, bucket, value, bot) do update set
                events = b.events + excluded.events,
                pageviews = b.pageviews + excluded.pageviews,
                product_views = b.product_views + excluded.product_views,
                add_to_carts = b.add_to_carts + excluded.add_to_carts,
                checkouts = b.checkouts + excluded.checkouts,
                purchases = b.purchases + excluded.purchases
            """
        }
        let given = """
            unnest($2::int4[], $3::timestamptz[], $4::text[], $5::text[], $6::bool[], $7::int8[], $8::int8[],
                $9::int8[], $10::int8[], $11::int8[], $12::int8[])
            """
        let sums = Self.columns.map { "sum(\($0))::int8" }.joined(separator: ", ")
        let (arrays, counts) = (
            Self.columns.map { "g.\($0)" }.joined(separator: ", "),
            Self.columns.map { "coalesce(e.\($0), 0)" }.joined(separator: ", ")
        )
        upsertSQL = upsert(given)
        // In the order of the primary key, so that neighbours touch the same index pages.
        mergeSQL =
            """
            with gone as (delete from \(schema).event_delta where lane = $1 and shop_id = any($13::int4[]) returning *)
            """
            + upsert(
                """
                (select shop_id, bucket, dimension, value, bot, \(sums) from (
                    select g.shop_id, g.bucket, e.dimension, e.value, g.bot, \(counts) from gone g
                    cross join lateral unnest(g.dimension, g.value, \(arrays)) as e (dimension, value, \(Self.names))
                    union all select * from \(given) as w) as counts (shop_id, bucket, dimension, value, bot, \(Self.names))
                group by 1, 2, 3, 4, 5 order by shop_id, dimension, bucket, value) sums
                """)
        copySQL = """
            copy \(schema).event_delta (lane, shop_id, bucket, bot, entries, dimension, value, \(Self.names))
            from stdin (format binary)
            """
        pendingSQL = "select shop_id, sum(entries)::int4 from \(schema).event_delta where lane = $1 group by 1"
    }

    private static let columns = ["events", "pageviews", "product_views", "add_to_carts", "checkouts", "purchases"]
    private static let names = columns.joined(separator: ", ")
}

extension PageDeltas {
    /// How many values of each shop wait.
    func pending(on connection: PostgresConnection) throws -> [ShopID: Int32] {
        let rows = try connection.query(pendingSQL, [.int2(lane)])
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.int32(0), $0.int32(1)) })
    }

    /// Lets counts wait.
    func append(_ places: [PageCounts], on connection: PostgresConnection) throws {
        guard !places.isEmpty else { return }
        _ = try connection.copyIn(copySQL) { writer in for place in places { write(place, to: &writer) } }
    }

    private func write(_ counts: PageCounts, to writer: inout PostgresCopyWriter) {
        let (place, entries) = (counts.place, counts.entries)
        writer.startRow(columns: 13)
        writer.int2(lane)
        writer.int4(place.shop)
        writer.timestamp(place.bucket * Activity.bucketMillis)
        writer.bool(place.isBot)
        writer.int4(Int32(entries.count))
        writer.value(.textArray(entries.map(\.dimension.name)))
        writer.value(.textArray(entries.map(\.value)))
        writer.value(.int4Array(entries.map { Int32(clamping: $0.counts.events) }))
        for count in EventCounts.steps {
            let isAny = entries.contains { $0.counts[keyPath: count] != 0 }
            writer.value(isAny ? .int4Array(entries.map { Int32(clamping: $0.counts[keyPath: count]) }) : .null)
        }
    }

    /// Adds counts to `event_bucket`, and with them all that wait of these shops.
    func add(_ places: [PageCounts], waiting: [ShopID], on connection: PostgresConnection) throws {
        guard !places.isEmpty else { return }
        // In the order of the primary key, so that neighbours touch the same index pages.
        let rows = places.flatMap { place in place.entries.map { Row(place: place.place, entry: $0) } }.sorted()
        let values: [PostgresValue] =
            [
                .int2(lane), .int4Array(rows.map(\.place.shop)),
                .timestampArray(rows.map { $0.place.bucket * Activity.bucketMillis }),
                .textArray(rows.map(\.entry.dimension.name)), .textArray(rows.map(\.entry.value)),
                .boolArray(rows.map(\.place.isBot)), .int8Array(rows.map(\.entry.counts.events)),
            ] + EventCounts.steps.map { count in .int8Array(rows.map { $0.entry.counts[keyPath: count] }) }
        if waiting.isEmpty {
            _ = try connection.query(upsertSQL, values)
        } else {
            _ = try connection.query(mergeSQL, values + [.int4Array(waiting)])
        }
    }
}

/// A row of `event_bucket`, ordered as its primary key.
private struct Row: Comparable {
    let place: PagesProjection.Place
    let entry: PageCounts.Entry

    static func == (left: Self, right: Self) -> Bool {
        left.place == right.place && left.entry.dimension == right.entry.dimension
            && left.entry.value == right.entry.value
    }

    static func < (left: Self, right: Self) -> Bool {
        if left.place.shop != right.place.shop { return left.place.shop < right.place.shop }
        if left.entry.dimension != right.entry.dimension {
            return left.entry.dimension.rawValue < right.entry.dimension.rawValue
        }
        if left.place.bucket != right.place.bucket { return left.place.bucket < right.place.bucket }
        if left.entry.value != right.entry.value { return left.entry.value < right.entry.value }
        return !left.place.isBot && right.place.isBot
    }
}

extension EventCounts {
    /// Those of an event's kind, in the order of the columns.
    fileprivate static var steps: [KeyPath<EventCounts, Int64>] {
        [\.pageviews, \.productViews, \.addToCarts, \.checkouts, \.purchases]
    }
}
