internal import EventLog
internal import EventModel
internal import Postgres
internal import ReadModels

extension RequestWork {
    /// Waits until every process that runs has the fence: it then holds no key of the person. A process whose session has
    /// ended, or that says nothing, is waited for until it has let go of its keys by itself (`ProcessLease`).
    func awaitProcesses() async throws -> RequestFlow.StepEnd {
        guard let generation = try await rounds().compactMap(\.generation).max() else { return .done }
        let waiting = try await parts.pool.run { try ProcessTable.countBehind(generation, on: $0) }
        return waiting == 0 ? .done : .wait(Self.lookEvery)
    }

    /// Waits until the log has what lay in the buffer when the last process had let go: nothing that was sealed before
    /// is under way then.
    func awaitBuffer() async throws -> RequestFlow.StepEnd {
        let lane = request.shop.lane
        let target: StreamPlace
        if let awaited = request.awaited.flatMap(StreamPlace.init(text:)) {
            target = awaited
        } else {
            guard let tail = try await parts.stores.buffer.tail(of: lane) else { return .done }
            let id = request.id
            try await parts.pool.run { try RequestTable.await(tail.text, of: id, on: $0) }
            target = tail
        }
        let cursor = try await parts.pool.run { try LogCursors.place(lane: lane, on: $0) }
        return cursor.map { $0 >= target } ?? false ? .done : .wait(Self.lookEvery)
    }

    /// Waits until every read model has passed the tombstones, and so has every copy that is being rebuilt.
    func awaitReadModels() async throws -> RequestFlow.StepEnd {
        guard let last = try await rounds().compactMap(\.tombstone).max() else { return .done }
        let (lane, names) = (request.shop.lane, parts.stores.projections)
        let behind = try await parts.pool.run { connection in
            try names.contains { try ReadModelPositions.position($0, lane: lane, on: connection) < last }
        }
        return behind ? .wait(Self.lookEvery) : .done
    }
}

/// `privacy.process`, as erasures see it.
enum ProcessTable {
    /// Processes that do not have the fence yet, once those are off the list that have ended for sure.
    static func countBehind(_ generation: Int64, on connection: PostgresConnection) throws -> Int64 {
        let lock = PostgresValue.int4(ProcessLease.lockClass)
        return try connection.transaction {
            _ = try connection.query(SQL.note, [lock])
            _ = try connection.query(
                SQL.remove, [.int8(ProcessLease.goneSeconds), .int8(ProcessLease.silentSeconds)])
            return try connection.query(
                "select count(*) from privacy.process where generation < $1", [.int8(generation)])[0].int64(0)
        }
    }

    private enum SQL {
        /// Since when nobody holds a process's lock.
        static let note = """
            with seen as (select p.id, p.session_lock is not null and not exists (select from pg_locks l
                    where l.locktype = 'advisory' and l.classid = $1::oid and l.objid = p.session_lock::oid
                        and l.database = (select oid from pg_database where datname = current_database())) as is_gone
                from privacy.process p)
            update privacy.process p set gone_at = case when s.is_gone then clock_timestamp() end
            from seen s where s.id = p.id and s.is_gone <> (p.gone_at is not null)
            """
        static let remove = """
            delete from privacy.process where gone_at < clock_timestamp() - $1 * interval '1 second'
                or seen_at < clock_timestamp() - $2 * interval '1 second'
            """
    }
}

/// How far the log has read the buffer.
enum LogCursors {
    /// Everything in the buffer up to here is in the log; nil before the first.
    static func place(lane: Lane, on connection: PostgresConnection) throws -> StreamPlace? {
        try connection.query(
            """
            select stream_ms, stream_seq from log.batch where lane = $1 order by sequence desc limit 1
            """, [.int2(lane)]
        ).first.flatMap { row in
            row.int64IfPresent(0).flatMap { millis in
                row.int64IfPresent(1).map { StreamPlace(millis: millis, sequence: $0) }
            }
        }
    }
}

extension StreamPlace {
    /// As Redis writes it.
    var text: String { "\(millis)-\(sequence)" }

    /// Reads what Redis writes.
    init?(text: String) {
        let parts = text.split(separator: "-").compactMap { Int64($0) }
        guard parts.count == 2 else { return nil }
        self.init(millis: parts[0], sequence: parts[1])
    }
}
