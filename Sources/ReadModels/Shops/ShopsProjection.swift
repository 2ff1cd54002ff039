package import EventModel
package import Postgres

/// What each shop has sent so far: `shops.shop` and `shops.shop_event`. Sums, least and greatest only. What Footfall notes
/// itself did not come from the shop and is left out.
package struct ShopsProjection: Projection {
    /// A batch's sums.
    package struct Changes {
        var shops: [ShopID: ShopSums] = [:]
        var kinds: [KindKey: KindSums] = [:]
    }

    struct ShopSums {
        var first = Int64.max
        var last = Int64.min
        var received = Int64.min
        var events: Int64 = 0
        var pixel: Int64 = 0
        var widget: Int64 = 0
        var webhook: Int64 = 0
    }

    /// One kind of one shop in one batch.
    private struct Place: Hashable {
        let shop: ShopID
        let type: ObjectIdentifier
    }

    struct Sums {
        let type: EventKind
        var first = Int64.max
        var last = Int64.min
        var received = Int64.min
        var events: Int64 = 0
    }

    struct KindKey: Hashable {
        let shop: ShopID
        let source: EventSource
        let kind: String
    }

    struct KindSums {
        var events: Int64 = 0
        var received = Int64.min
    }

    /// Name of the schema and of its file.
    package static let name = "shops"
    private let lane: Lane
    private let schema: String
    private let sql: String

    /// Reads and writes the tables in `schema`.
    package init(lane: Lane, schema: String) {
        self.lane = lane
        self.schema = schema
        sql = """
            with kinds as (
                insert into \(schema).shop_event as s (lane, shop_id, source, kind, events, last_received_at)
                select $1, * from unnest($11::int4[], $12::int2[], $13::text[], $14::int8[], $15::timestamptz[])
                on conflict (lane, shop_id, source, kind) do update set
                    events = s.events + excluded.events,
                    last_received_at = greatest(s.last_received_at, excluded.last_received_at))
            insert into \(schema).shop as s (lane, shop_id, first_event_at, last_event_at, last_received_at, version,
                events, pixel_events, widget_events, webhook_events)
            select $1, shop_id, first_at, last_at, received_at, $10, events, pixel, widget, webhook
            from unnest($2::int4[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::int8[], $7::int8[],
                $8::int8[], $9::int8[])
                as w (shop_id, first_at, last_at, received_at, events, pixel, widget, webhook)
            on conflict (lane, shop_id) do update set
                first_event_at = least(s.first_event_at, excluded.first_event_at),
                last_event_at = greatest(s.last_event_at, excluded.last_event_at),
                last_received_at = greatest(s.last_received_at, excluded.last_received_at),
                version = excluded.version,
                events = s.events + excluded.events,
                pixel_events = s.pixel_events + excluded.pixel_events,
                widget_events = s.widget_events + excluded.widget_events,
                webhook_events = s.webhook_events + excluded.webhook_events
            """
    }

    /// Works out what the batch changes.
    package mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes {
        // By the kind's object first: a name takes long to hash.
        var sums: [Place: Sums] = [:]
        // Looked at in place: an event is large to copy.
        let events = batch.events.span
        for index in events.indices {
            let type = events[index].type
            let place = Place(shop: events[index].shop, type: ObjectIdentifier(type))
            sums[place, default: Sums(type: type)].add(
                occurredAt: events[index].order.time, receivedAt: events[index].receivedAt)
        }
        var changes = Changes()
        for (place, sum) in sums where sum.type.source != .system {
            changes.shops[place.shop, default: ShopSums()].add(sum)
            let key = KindKey(shop: place.shop, source: sum.type.source, kind: sum.type.name)
            changes.kinds[key, default: KindSums()].add(sum)
        }
        return changes
    }

    /// Writes the changes inside the caller's transaction.
    package func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws {
        guard !changes.shops.isEmpty else { return }
        let shops = changes.shops.sorted { $0.key < $1.key }
        let sums = shops.map(\.value)
        let kinds = Array(changes.kinds)
        _ = try connection.query(
            sql,
            [
                .int2(lane), .int4Array(shops.map(\.key)), .timestampArray(sums.map(\.first)),
                .timestampArray(sums.map(\.last)), .timestampArray(sums.map(\.received)),
                .int8Array(sums.map(\.events)), .int8Array(sums.map(\.pixel)), .int8Array(sums.map(\.widget)),
                .int8Array(sums.map(\.webhook)), .int8(version), .int4Array(kinds.map(\.key.shop)),
                .int2Array(kinds.map { Int16($0.key.source.rawValue) }), .textArray(kinds.map(\.key.kind)),
                .int8Array(kinds.map(\.value.events)), .timestampArray(kinds.map(\.value.received)),
            ])
    }

    /// Counts say nothing of persons: only a shop takes them along. Other read models change with a person's, though.
    package func redact(
        _ tombstone: Tombstone, version: Position, on connection: PostgresConnection
    ) throws -> Int64 {
        guard tombstone.scope == .shop else {
            _ = try connection.query(
                "update \(schema).shop set version = $3 where lane = $1 and shop_id = $2",
                [.int2(lane), .int4(tombstone.shop), .int8(version)])
            return 0
        }
        return try ShopRows.remove(tombstone.shop, lane: lane, schema: schema, on: connection)
    }

    /// The transaction was committed.
    package mutating func confirm(_ changes: Changes) {}
    /// Forgets what is kept in memory.
    package mutating func reset() {}
}

extension ShopsProjection.Sums {
    mutating func add(occurredAt: Int64, receivedAt: Int64) {
        first = min(first, occurredAt)
        last = max(last, occurredAt)
        received = max(received, receivedAt)
        events += 1
    }
}

extension ShopsProjection.KindSums {
    mutating func add(_ sums: ShopsProjection.Sums) {
        events += sums.events
        received = max(received, sums.received)
    }
}

extension ShopsProjection.ShopSums {
    mutating func add(_ sums: ShopsProjection.Sums) {
        first = min(first, sums.first)
        last = max(last, sums.last)
        received = max(received, sums.received)
        events += sums.events
        switch sums.type.source {
        case .pixel: pixel += sums.events
        case .widget: widget += sums.events
        case .webhook: webhook += sums.events
        case .history, .system: break
        }
    }
}
