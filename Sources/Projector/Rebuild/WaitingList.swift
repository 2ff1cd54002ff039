package import EventModel
package import Postgres

/// What waits in one read model because it could not be folded: how much, and the first of it.
package struct WaitingList: Sendable, Equatable {
    /// One event that waits.
    package struct Entry: Sendable, Equatable {
        /// The lane.
        package let lane: Lane
        /// Its place there.
        package let position: Position
        /// The tenant.
        package let shop: ShopID
        /// In words; nothing of the payload.
        package let reason: String
        /// Since when, Unix milliseconds.
        package let since: Int64
    }

    /// The read model.
    package let projection: String
    /// Events that wait in it.
    package let count: Int64
    /// Those that stand first in their lanes, at most `firstMax`.
    package let first: [Entry]

    /// As many as tell what is wrong; the table has all.
    package static let firstMax = 5

    private static let select = """
        select lane, position, shop_id, reason, since, count(*) over () from projection.waiting where projection = $1
        order by lane, position limit $2
        """

    /// The lists of all read models, empty ones too.
    package static func all(on connection: PostgresConnection) throws -> [WaitingList] {
        try ProjectionSchemas.names.map { name in
            let rows = try connection.query(select, [.text(name), .int8(Int64(firstMax))])
            return WaitingList(
                projection: name, count: rows.first?.int64(5) ?? 0,
                first: rows.map { row in
                    Entry(
                        lane: row.int16(0), position: row.int64(1), shop: row.int32(2), reason: row.text(3),
                        since: row.timestampMillis(4))
                })
        }
    }
}
