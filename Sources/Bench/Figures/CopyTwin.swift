internal import EventModel
internal import Postgres

/// COPY of rows that the log has into a table made just like it: what a program could reach that does nothing else.
struct CopyTwin {
    let rig: Rig
    let lane: Lane

    struct Outcome: Sendable {
        let rows: Int
        let seconds: Double
        /// Of the cluster and of the client that sends.
        let cpuMicrosPerRow: Double
        let rowsPerBatch: Double
        var rowsPerSecond: Double { Double(rows) / seconds }
    }

    /// All rows are held in memory before the clock starts; some 100 MB.
    private static let rowsMax = 150_000

    /// Copies rows after `position` in transactions of the size that the drain's had over these rows, or of
    /// `rowsPerBatchMin`.
    func copy(after position: Position, rowsPerBatchMin: Double = 1) async throws -> Outcome {
        let (lane, postmaster) = (self.lane, rig.postmaster)
        return try await rig.postgres.run { connection in
            try connection.execute(Self.makeTable)
            let perBatch = max(rowsPerBatchMin, try Self.rowsPerAppend(connection, lane, after: position))
            let batches = try Self.read(connection, lane, after: position, perBatch: Int(perBatch))
            let meter = CPUMeter(["postgres": postmaster])
            let ownBefore = ProcessUsage.ownCPUMicros()
            let start = ContinuousClock.now
            var rows = 0
            for batch in batches {
                try connection.transaction {
                    try connection.beginCopyIn(Self.copyIn)
                    try connection.copyData(batch.rows)
                    rows += try connection.endCopyIn()
                }
            }
            let seconds = (ContinuousClock.now - start).seconds
            let own = ProcessUsage.ownCPUMicros() - ownBefore
            let micros = (meter.micros()["postgres"] ?? 0) + own
            try connection.execute("drop schema bench cascade")
            return Outcome(
                rows: rows, seconds: seconds, cpuMicrosPerRow: micros / Double(max(1, rows)), rowsPerBatch: perBatch)
        }
    }

    private static func rowsPerAppend(
        _ connection: PostgresConnection, _ lane: Lane, after position: Position
    ) throws -> Double {
        let row = try connection.query(
            """
            select coalesce(avg(event_count), 1)::float8 from log.batch
            where lane = $1 and first_position > $2 and event_count > 0
            """, [.int2(lane), .int8(position)])[0]
        return max(1, row.double(0).rounded())
    }

    /// One transaction's rows, encoded.
    private final class Batch: Sendable {
        let rows: PostgresCopyWriter
        init(_ rows: consuming PostgresCopyWriter) { self.rows = rows }
    }

    private static func read(
        _ connection: PostgresConnection, _ lane: Lane, after position: Position, perBatch: Int
    ) throws -> [Batch] {
        var batches: [Batch] = []
        let last = position + Position(rowsMax)
        var from = position
        while from < last {
            let to = min(last, from + Position(perBatch))
            var writer = PostgresCopyWriter()
            let count = try connection.copyOut(copyOut(lane, after: from, to: to)) { append($0, to: &writer) }
            guard count > 0 else { break }
            batches.append(Batch(writer))
            from = to
        }
        return batches
    }

    private static func append(_ row: borrowing PostgresCopyRow, to rows: inout PostgresCopyWriter) {
        rows.startRow(columns: 16)
        rows.int8(row.int64(0))
        rows.timestamp(row.timestampMillis(1))
        rows.timestamp(row.timestampMillis(2))
        rows.int8(row.int64(3))
        for column in 4...5 {
            let value = row.uuid(column)
            rows.uuid(value.0, value.1)
        }
        rows.int4(row.int32(6))
        rows.int4(row.int32(7))
        for column in 8...9 { rows.int2(row.int16(column)) }
        for column in 10...13 { rows.byte(UInt8(truncatingIfNeeded: row.int16(column))) }
        for column in 14...15 { rows.bytes(row.bytes(column)) }
    }

    private static let columns = """
        position, received_at, occurred_at, content, key, visitor, shop_id, kind, lane, country, source, visitor_kind, \
        flags, dictionary, payload, sealed
        """

    static func copyOut(_ lane: Lane, after: Position, to: Position) -> String {
        """
        COPY (select \(columns) from log.event where lane = \(lane) and position > \(after) and position <= \(to)
            order by position) TO STDOUT (FORMAT binary)
        """
    }

    private static let copyIn = "COPY bench.event (\(columns)) FROM STDIN (FORMAT binary)"

    /// The log's table with its partitions and indexes (schema/002_log.sql), empty.
    private static let makeTable = """
        drop schema if exists bench cascade;
        create schema bench;
        create table bench.event (like log.event including storage) partition by range (received_at);
        do $$
        declare
            part record;
            definition text;
        begin
            for part in select relname, oid, pg_get_expr(relpartbound, oid) as bound from pg_class
                where oid in (select inhrelid from pg_inherits where inhparent = 'log.event'::regclass)
            loop
                execute format('create table bench.%I (like log.event including storage)', part.relname);
                for definition in select replace(pg_get_indexdef(indexrelid), ' ON log.', ' ON bench.')
                    from pg_index where indrelid = part.oid
                loop
                    execute definition;
                end loop;
                execute format('alter table bench.event attach partition bench.%I %s', part.relname, part.bound);
            end loop;
        end $$;
        """
}

extension Rig {
    /// Position of the lane's last event.
    func head(_ lane: Lane) async throws -> Position {
        try await postgres.run { connection in
            try connection.query(
                "select coalesce(max(first_position + event_count - 1), 0) from log.batch where lane = $1",
                [.int2(lane)]
            )[0].int64(0)
        }
    }

    /// Rows a second between the first and the last append; the first one's rows came before its time.
    func commitRate(_ lane: Lane, after position: Position) async throws -> Double {
        try await postgres.run { connection in
            try connection.query(
                """
                select ((sum(event_count) - (array_agg(event_count order by sequence))[1])
                    / greatest(extract(epoch from max(appended_at) - min(appended_at)), 0.001))::float8
                from log.batch where lane = $1 and first_position > $2 and event_count > 0
                """, [.int2(lane), .int8(position)])[0].double(0)
        }
    }
}
