internal import EventModel
package import Postgres

/// What a shop has sent so far.
package struct ShopRecord: Sendable {
    package var firstEventAt: Int64?
    package var lastEventAt: Int64?
    package var lastReceivedAt: Int64?
    package var events: Int64 = 0
    /// Events by source; together `events`.
    package var sources: [(name: String, events: Int64)] = []
    /// Events by source and name, the most frequent first.
    package var kinds: [(source: String, name: String, events: Int64, lastReceivedAt: Int64)] = []

    /// Names beyond this are left out of the answer.
    private static let kindsMax = 200

    /// Reads the shop's row and its events by name.
    package static func read(_ shop: ShopKey, _ connection: PostgresConnection) throws -> (ShopRecord, AsOf) {
        let key: [PostgresValue] = [.int2(shop.lane), .int4(shop.shop)]
        return try connection.transaction(isolation: .repeatableRead, readOnly: true) {
            let asOf = try AsOfQuery.read("shops", shop, connection)
            var record = ShopRecord()
            let rows = try connection.query(
                """
                SELECT first_event_at, last_event_at, last_received_at, events, pixel_events, widget_events, webhook_events
                FROM shops.shop WHERE lane = $1 AND shop_id = $2
                """, key)
            if let row = rows.first {
                record.firstEventAt = row.timestampMillis(0)
                record.lastEventAt = row.timestampMillis(1)
                record.lastReceivedAt = row.timestampMillis(2)
                record.events = row.int64(3)
                record.sources = [("pixel", row.int64(4)), ("widget", row.int64(5)), ("webhook", row.int64(6))]
                record.sources.append(("history", record.events - record.sources.reduce(0) { $0 + $1.events }))
            }
            let kinds = try connection.query(
                """
                SELECT source, kind, events, last_received_at FROM shops.shop_event
                WHERE lane = $1 AND shop_id = $2 ORDER BY events DESC, source, kind LIMIT \(kindsMax)
                """, key)
            record.kinds = kinds.map { row in
                let source = EventSource(rawValue: UInt8(clamping: row.int64(0)))?.name ?? ""
                return (source, row.text(1), row.int64(2), row.timestampMillis(3))
            }
            return (record, asOf)
        }
    }

    /// Appends the members of the record to an object that is open.
    package func writeMembers(_ writer: inout JSONWriter) {
        writer.member("first_event_at", firstEventAt.map(Timestamp.text))
        writer.member("last_event_at", lastEventAt.map(Timestamp.text))
        writer.member("last_received_at", lastReceivedAt.map(Timestamp.text))
        writer.member("events", events)
        writer.member("events_by_source") { writer in
            writer.object { writer in for source in sources { writer.member(source.name, source.events) } }
        }
        writer.member("events_by_name") { writer in
            writer.array(kinds) { writer, kind in
                writer.object { writer in
                    writer.member("source", kind.source)
                    writer.member("name", kind.name)
                    writer.member("events", kind.events)
                    writer.member("last_received_at", Timestamp.text(kind.lastReceivedAt))
                }
            }
        }
    }
}
