package import EventModel
package import Postgres

/// What gateways were told is in the buffer, against what the log has taken from it: both counted in Postgres, so that
/// they outlive every process and the buffer itself. Blocking.
package struct BufferBooks: Sendable {
    /// One lane.
    package struct LaneBooks: Sendable, Equatable {
        /// Events and refusals that the buffer had confirmed, as far as that was noted.
        package var answered: Int64 = 0
        /// Of those, found missing by a later entry of the same writer.
        package var lost: Int64 = 0
        /// Writers of whose events not all are taken in: the rest is in the buffer, or lost with it.
        package var open: [Key128: OpenWriter] = [:]

        /// How many of the events that were open earlier still are. What was confirmed since does not count.
        package func stillOpen(of earlier: LaneBooks) -> Int64 {
            earlier.open.reduce(0) { sum, before in
                sum + (open[before.key].map { max(0, before.value.answered - $0.taken) } ?? 0)
            }
        }
    }

    /// One writer in one lane.
    package struct OpenWriter: Sendable, Equatable {
        /// Events and refusals that the buffer had confirmed to it, as far as that was noted.
        package let answered: Int64
        /// How far they are taken in.
        package let taken: Int64
    }

    /// Only lanes that something was counted for.
    package let lanes: [Lane: LaneBooks]

    /// Reads them as they are.
    package init(_ connection: PostgresConnection) throws(PostgresError) {
        var lanes: [Lane: LaneBooks] = [:]
        for row in try connection.query(Self.totals) {
            lanes[row.int16(0), default: LaneBooks()].answered = row.int64(1)
            lanes[row.int16(0), default: LaneBooks()].lost = row.int64(2)
        }
        for row in try connection.query(Self.open) {
            let writer = row.uuid(1)
            lanes[row.int16(0), default: LaneBooks()].open[Key128(high: writer.0, low: writer.1)] = OpenWriter(
                answered: row.int64(2), taken: row.int64(3))
        }
        self.lanes = lanes
    }

    /// Keeps a writer's counts; smaller ones than are kept change nothing.
    package static func note(
        _ counts: [(lane: Lane, writer: Key128, events: Int64)], on connection: PostgresConnection
    ) throws(PostgresError) {
        guard !counts.isEmpty else { return }
        _ = try connection.query(
            note,
            [
                .int2Array(counts.map(\.lane)), .uuidArray(counts.map { ($0.writer.high, $0.writer.low) }),
                .int8Array(counts.map(\.events)),
            ])
    }

    private static let totals = """
        select lane, coalesce(sum(a.events), 0)::bigint, coalesce(sum(t.lost), 0)::bigint
        from log.answered a full join log.taken t using (lane, writer) group by lane
        """
    private static let open = """
        select a.lane, a.writer, a.events, coalesce(t.events, 0)
        from log.answered a left join log.taken t using (lane, writer) where a.events > coalesce(t.events, 0)
        """
    private static let note = """
        insert into log.answered as kept (lane, writer, events) select * from unnest($1, $2, $3)
        on conflict (lane, writer) do update
            set events = greatest(kept.events, excluded.events), noted_at = now()
        """
}
