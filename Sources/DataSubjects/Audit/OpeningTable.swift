package import EventModel
package import Postgres
package import ReadModels

/// Which events were opened by whom: rows of `privacy.opening`, an index into the events `personal.opened` of the log.
/// Belongs to the connection's thread.
package struct OpeningTable {
    /// One reading that opened some of the person's events.
    package struct Reading: Sendable, Equatable {
        /// Unix milliseconds.
        package var at: Int64
        /// As in the audit log.
        package var reader: String
        /// As in the audit log.
        package var route: String

        func write(_ writer: inout JSONWriter) {
            writer.object { writer in
                writer.member("at", Timestamp.text(at))
                writer.member("reader", reader)
                writer.member("by", route)
            }
        }
    }

    private let connection: PostgresConnection

    /// Positions of one question; an index look-up each.
    private static let positionsMax = 2000

    /// The table on a connection.
    package init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Readings that opened any of the positions, the newest first, at most `max`.
    package func readings(of positions: [Position], shop: ShopKey, max: Int) throws -> [Reading] {
        var found: [Key128: Reading] = [:]
        for start in stride(from: 0, to: positions.count, by: Self.positionsMax) {
            let part = Array(positions[start..<min(start + Self.positionsMax, positions.count)])
            let rows = try connection.query(
                SQL.readings, [.int2(shop.lane), .int4(shop.shop), .int8Array(part), .int8(Int64(max))])
            for row in rows {
                let (high, low) = row.uuid(0)
                found[Key128(high: high, low: low)] = Reading(
                    at: row.timestampMillis(1), reader: row.text(2), route: row.text(3))
            }
        }
        return Array(found.values.sorted { $0.at > $1.at }.prefix(max))
    }

    /// Writes a reading down; again it does nothing.
    func insert(_ id: Key128, _ positions: [Position], _ reading: Reading, shop: ShopKey) throws {
        _ = try connection.query(
            SQL.insert,
            [
                .uuid(id.high, id.low), .int2(shop.lane), .int4(shop.shop), .timestamp(reading.at),
                .text(reading.reader), .text(reading.route), .int8Array(positions),
            ])
    }

    private enum SQL {
        static let insert = """
            insert into privacy.opening (id, lane, shop_id, opened_at, reader, route, positions)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
            """
        static let readings = """
            select id, opened_at, reader, route from privacy.opening
            where lane = $1 and shop_id = $2 and positions && $3 order by opened_at desc limit $4
            """
    }
}
