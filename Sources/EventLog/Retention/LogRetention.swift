package import EventModel
package import Postgres

/// Drops whole weeks of the log, and books what went. Blocking; belongs to one thread at a time.
///
/// A week goes only when every event of it is in all read models, which the caller knows. Its other identities go too,
/// so that a repeat of a dropped event is a new event. Rows of `log.batch` stay.
package final class LogRetention {
    /// What became of one week's partition.
    package struct Outcome: Sendable, Equatable {
        /// The table's name, which holds the week's Monday.
        package let partition: String
        /// Its events; the partition is gone unless `refusal` says why not.
        package let eventCount: Int64
        /// Why it stays, in words.
        package let refusal: String?
    }

    private struct Stretch {
        let lane: Lane
        let first: Position
        let last: Position
        let count: Int64
    }

    /// Dropping locks the whole log for a moment; where something else holds it for longer, the next try is early enough.
    private static let lockTimeoutMillis = 5000

    private let connection: PostgresConnection

    /// The connection must not be inside a transaction.
    package init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Drops the weeks that ended at or before `limit` (Unix milliseconds), oldest first. `projected` are the positions
    /// up to which every reader of the log has taken events in; a lane that is missing there counts as not read at all.
    package func drop(endedBefore limit: Int64, projected: [Lane: Position]) throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for row in try connection.query(SQL.partitions, [.timestamp(limit)]) {
            outcomes.append(try drop(row.text(0), projected))
        }
        return outcomes
    }

    private func drop(_ partition: String, _ projected: [Lane: Position]) throws -> Outcome {
        try connection.transaction {
            try connection.execute("set local lock_timeout = \(Self.lockTimeoutMillis)")
            // Under the lock, so that no late event comes in between.
            try connection.execute("lock table log.\(partition) in access exclusive mode")
            let stretches = try connection.query("\(SQL.stretches) log.\(partition) group by lane order by lane")
                .map { Stretch(lane: $0.int16(0), first: $0.int64(1), last: $0.int64(2), count: $0.int64(3)) }
            let count = stretches.reduce(0) { $0 + $1.count }
            for stretch in stretches where stretch.last > projected[stretch.lane] ?? 0 {
                let reason =
                    "lane \(stretch.lane) is projected up to \(projected[stretch.lane] ?? 0) only, of \(stretch.last)"
                return Outcome(partition: partition, eventCount: count, refusal: reason)
            }
            for stretch in stretches {
                _ = try connection.query(
                    SQL.book,
                    [
                        .int2(stretch.lane), .text(partition), .int8(stretch.first), .int8(stretch.last),
                        .int8(stretch.count),
                    ])
            }
            _ = try connection.query(SQL.forgetAliases, [.text(partition)])
            try connection.execute("drop table log.\(partition)")
            return Outcome(partition: partition, eventCount: count, refusal: nil)
        }
    }

    private enum SQL {
        /// The name of a partition holds the day on which its week began.
        static let partitions = """
            select relname::text from pg_inherits join pg_class on oid = inhrelid
            where inhparent = 'log.event'::regclass and relname ~ '^event_[0-9]{8}$'
                and (to_date(right(relname, 8), 'YYYYMMDD') + 7)::timestamp at time zone 'UTC' <= $1
            order by relname
            """
        static let stretches = "select lane, min(position), max(position), count(*) from"
        static let book = """
            insert into log.dropped (lane, partition, first_position, last_position, event_count, appends_hash)
            select $1, $2, $3, $4, $5, \(DroppedStretch.appendsHash(lane: "$1", first: "$3", last: "$4"))
            """
        static let forgetAliases = """
            delete from log.alias a using (
                select to_date(right($1, 8), 'YYYYMMDD')::timestamp at time zone 'UTC' as start) week
            where a.received_at >= week.start and a.received_at < week.start + interval '7 days'
            """
    }
}

/// One stretch of a lane that retention has dropped, as the log's books have it.
package struct DroppedStretch: Sendable, Equatable, CustomStringConvertible {
    /// The lane.
    package let lane: Lane
    /// The week's partition.
    package let partition: String
    /// Position of its first event.
    package let first: Position
    /// Position of its last event.
    package let last: Position
    /// Events dropped; fewer than positions where events of other weeks lie between.
    package let count: Int64
    /// The appends that held them are as they were then.
    package let isVouchedFor: Bool
    /// Unix milliseconds.
    package let droppedAt: Int64

    /// One line for people.
    package var description: String {
        "lane \(lane): \(count) events of positions \(first) to \(last) (\(partition)) were dropped by retention at "
            + Timestamp.text(droppedAt)
    }

    /// All of a lane, by position.
    package static func all(of lane: Lane, _ connection: PostgresConnection) throws(PostgresError) -> [DroppedStretch] {
        try connection.query(Self.select, [.int2(lane)]).map { row in
            DroppedStretch(
                lane: lane, partition: row.text(0), first: row.int64(1), last: row.int64(2), count: row.int64(3),
                isVouchedFor: row.bool(4), droppedAt: row.timestampMillis(5))
        }
    }

    private static let select = """
        select partition, first_position, last_position, event_count,
            coalesce(appends_hash = \(appendsHash(lane: "d.lane", first: "first_position", last: "last_position")), false),
            dropped_at
        from log.dropped d where lane = $1 order by first_position, id
        """

    /// An expression of SQL: a hash over the rows of `log.batch` that hold these positions.
    static func appendsHash(lane: String, first: String, last: String) -> String {
        """
        (select sha256(string_agg(b.hash || b.accounting, ''::bytea order by b.sequence)) from log.batch b
            where b.lane = \(lane) and b.event_count > 0 and b.first_position <= \(last)
                and b.first_position + b.event_count > \(first))
        """
    }
}
