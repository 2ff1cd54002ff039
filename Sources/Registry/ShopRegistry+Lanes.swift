package import EventModel
package import Postgres

/// Which lanes there are, and who is in which.
extension ShopRegistry {
    package static func lanes(on connection: PostgresConnection) throws -> [Lane] {
        try connection.query("select lane from registry.lane order by lane").map { $0.int16(0) }
    }

    /// Lanes that somebody drains just now. Processes read which lanes there are when they start, so a new one is not
    /// among them until they were restarted.
    package static func drainedLanes(on connection: PostgresConnection) throws -> Set<Lane> {
        Set(try connection.query("select lane from registry.lane where \(isDrained)").map { $0.int16(0) })
    }

    /// Makes a lane; does nothing where it is there.
    package static func add(lane: Lane, on connection: PostgresConnection) throws {
        _ = try connection.query("insert into registry.lane values ($1) on conflict do nothing", [.int2(lane)])
    }

    /// Puts a shop into another lane; false where there is no such shop. Right only for a shop without events: its
    /// read models and what it has sent before are looked for in its lane.
    package static func move(domain: String, to lane: Lane, on connection: PostgresConnection) throws -> Bool {
        try connection.query(
            "update registry.shop set lane = $2 where domain = $1 returning id",
            [.text(domain.lowercased()), .int2(lane)]
        ).count > 0
    }

    /// The lane for a shop that is new: with the fewest shops, of those that are drained, where any is.
    static let freestLane = """
        select lane from registry.lane left join registry.shop using (lane)
        group by lane order by \(isDrained) desc, count(id), lane limit 1
        """

    private static let isDrained = """
        exists (select from pg_locks where locktype = 'advisory' and granted and classid = \(LaneLocks.drain)::oid
            and objid = lane::int4::oid and database = (select oid from pg_database where datname = current_database()))
        """
}
