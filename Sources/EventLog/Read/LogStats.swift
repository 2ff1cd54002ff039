package import EventModel
package import Postgres

/// Sizes and counts of the log, for people.
package struct LogStats: Sendable {
    /// One lane.
    package struct LaneStats: Sendable {
        /// The lane.
        package let lane: Lane
        /// Events in it.
        package let events: Int64
        /// Transactions that made it.
        package let appends: Int64
        /// Repeats left out.
        package let duplicates: Int64
        /// Put aside and not replayed.
        package let quarantined: Int64
        /// Refused by gateways.
        package let refused: Int64
        /// When its newest append was committed; Unix milliseconds.
        package let lastAppendAt: Int64?
    }

    /// One weekly partition.
    package struct PartitionStats: Sendable {
        /// The table's name, which holds the week's Monday.
        package let name: String
        /// As the server estimates it.
        package let rowsEstimate: Int64
        /// With its indexes.
        package let bytes: Int64
        /// Of its indexes alone.
        package let indexBytes: Int64
    }

    /// By number.
    package let lanes: [LaneStats]
    /// By week.
    package let partitions: [PartitionStats]
    /// Bytes of cursor and accounting rows, aliases, quarantine and kinds.
    package let sideBytes: Int64
    /// Rows of the quarantine that wait for somebody.
    package let quarantineOpen: Int64

    /// Events over all lanes.
    package var events: Int64 { lanes.reduce(0) { $0 + $1.events } }
    /// Everything the log takes on disk: rows, indexes, and what guarantees that an event is there once.
    package var bytes: Int64 { partitions.reduce(sideBytes) { $0 + $1.bytes } }

    /// Asks the database.
    package init(_ connection: PostgresConnection) throws(PostgresError) {
        self.lanes = try connection.query(Self.laneQuery).map { row in
            LaneStats(
                lane: row.int16(0), events: row.int64(1), appends: row.int64(2), duplicates: row.int64(3),
                quarantined: row.int64(4), refused: row.int64(5), lastAppendAt: row.timestampMillisIfPresent(6))
        }
        self.partitions = try connection.query(Self.partitionQuery).map { row in
            PartitionStats(
                name: row.text(0), rowsEstimate: max(0, row.int64(1)), bytes: row.int64(2), indexBytes: row.int64(3))
        }
        let side = try connection.query(Self.sideQuery).first
        self.sideBytes = side?.int64(0) ?? 0
        self.quarantineOpen = side?.int64(1) ?? 0
    }

    private static let laneQuery = """
        select lane.lane, (coalesce(sum(event_count), 0) - coalesce(
                (select sum(d.event_count) from log.dropped d where d.lane = lane.lane), 0))::bigint, count(batch.lane),
            coalesce(sum(duplicate_count), 0)::bigint, coalesce(sum(quarantined_count), 0)::bigint,
            coalesce(sum(refused_count), 0)::bigint, max(appended_at)
        from registry.lane left join log.batch on batch.lane = lane.lane group by 1 order by 1
        """
    private static let partitionQuery = """
        select child.relname::text, child.reltuples::bigint, pg_total_relation_size(child.oid),
            pg_indexes_size(child.oid)
        from pg_inherits join pg_class child on child.oid = inhrelid
        where inhparent = 'log.event'::regclass order by 1
        """
    private static let sideQuery = """
        select pg_total_relation_size('log.batch') + pg_total_relation_size('log.alias')
            + pg_total_relation_size('log.quarantine') + pg_total_relation_size('log.kind'),
            (select count(*) from log.quarantine where replayed_at is null)
        """
}
