internal import Blocking
package import EventModel
internal import Postgres
package import ReadModels

/// Folds one lane into its read models and writes them. Holds the lane's lock while it lives, so there is one at a time.
package actor LaneProjector {
    /// The lane's lock or a read model's checkpoint is not ours any more.
    package struct Displaced: Error {}

    /// Classes of advisory locks; with the lane as second key, or 0 for the switch.
    enum LockClass {
        /// Held by the session that projects a lane.
        static let lane: Int32 = 0x4650_4A01
        /// Shared by projections' transactions, exclusive while a read model is switched.
        static let change: Int32 = 0x4650_4A02
    }

    private let lane: Lane
    private let executor: BlockingExecutor
    private let connection: PostgresConnection
    private var source: FactSource
    private let recall: LogRecall
    private let runners: [any ProjectionRunning]
    private var lockedGeneration = -1
    /// Writes the read models that are read; a rebuild's have another name yet, and nobody waits for them.
    private let isLive: Bool

    /// Contacts nobody yet. Tables are in schemas named after the read models, with `suffix`.
    package init(
        lane: Lane, names: [String], suffix: String = "", label: String = "projector",
        _ configuration: ProjectorConfiguration
    ) {
        self.lane = lane
        executor = BlockingExecutor(label: "footfall.\(label).\(lane)")
        var database = configuration.database
        // What a crash of the database takes is projected again, and whoever builds on it commits after it: what makes
        // his commit durable makes all before it durable.
        database.settings["synchronous_commit"] = "off"
        connection = PostgresConnection(database)
        source = FactSource(lane: lane, connection: connection, configuration)
        recall = LogRecall(source)
        isLive = suffix.isEmpty
        runners = ProjectionList.runners(names, lane: lane) { $0 + suffix }
    }

    /// Its own queue.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Takes the lane, unless another process has it, and reads how far each read model is.
    package func take() throws -> Bool {
        runners.forEach { $0.reset() }
        try connection.connect()
        connection.connectsOnUse = false
        if lockedGeneration != connection.generation {
            let locked = try connection.query(
                "select pg_try_advisory_lock($1, $2)", [.int4(LockClass.lane), .int4(Int32(lane))])
            guard locked.first?.bool(0) == true else { return false }
            lockedGeneration = connection.generation
        }
        try load()
        return true
    }

    /// Gives the lane back; also after an error, when the session may be half-way through anything.
    package func release() {
        runners.forEach { $0.reset() }
        connection.close()
        lockedGeneration = -1
    }

    /// Reads the checkpoints; for a rebuild, which needs no lock of the lane because nobody else knows its tables.
    package func load() throws {
        for runner in runners {
            let row = try connection.query(
                """
                insert into \(runner.schema).checkpoint as c (lane, position) values ($1, 0)
                on conflict (lane) do update set position = c.position returning position, tableoid::int8
                """, [.int2(lane)])[0]
            runner.checkpoint = Checkpoint(position: row.int64(0), table: row.int64(1))
            try tryWaiting(of: runner)
        }
    }

    /// Tries the events that wait once more, where there are any. What can be read now is folded with the lane's next
    /// batch, so that readers, who follow positions, hear of it.
    package func retryWaiting() throws {
        for runner in runners where runner.waiting.isAnythingWaiting { try tryWaiting(of: runner) }
    }

    private func tryWaiting(of runner: any ProjectionRunning) throws {
        runner.waiting = try WaitingVisitors(runner.schema, lane: lane, on: connection) { position in
            try source.read(after: position - 1, limit: 1)
        }
    }

    /// Where to read on, and how far at most: up to where the next read model is, so that they go on together.
    package func next() -> (after: Position, limit: Int64?) {
        let positions = Set(runners.map(\.checkpoint.position)).sorted()
        guard let first = positions.first else { return (0, nil) }
        return (first, positions.count > 1 ? positions[1] - first : nil)
    }

    /// Folds the batch into the read models that stand where it begins, in one transaction with their checkpoints; gives
    /// what `next` does then.
    ///
    /// What the database refuses to store it would refuse for ever, and the lane would stand still: the event that brings
    /// it is found by halving the batch, and waits like one that cannot be read.
    @discardableResult
    package func apply(_ batch: FactBatch) throws -> (after: Position, limit: Int64?) {
        do {
            try write(batch)
        } catch let error as PostgresError where error.isOfTheData {
            guard batch.tombstone == nil, !batch.events.isEmpty else { throw error }
            runners.forEach { $0.reset() }
            try load()
            if let (first, second) = batch.halves {
                try apply(first)
                try apply(second)
            } else {
                try write(batch.refused(WaitingVisitors.refused + error.sqlState))
            }
        }
        return next()
    }

    private func write(_ batch: FactBatch) throws {
        let concerned = runners.filter { $0.checkpoint.position == batch.after }
        for runner in concerned { try runner.fold(batch, on: connection, recall: recall) }
        // First and on its own: names are looked up after a switch has ended.
        try connection.transaction(first: isLive ? "select pg_advisory_xact_lock_shared(\(LockClass.change), 0)" : "") {
            try advance(concerned, to: batch.through)
            for runner in concerned {
                try runner.write(version: batch.through, on: connection)
                try redact(runner, batch)
                try runner.waiting.write(runner.schema, lane: lane, on: connection)
            }
            CrashPoint.pass("projector.commit.before")
        }
        CrashPoint.pass("projector.commit.after")
        for runner in concerned {
            runner.confirm()
            runner.waiting.confirm()
            runner.checkpoint.position = batch.through
        }
    }

    /// Obeys the batch's tombstone, and earlier ones where events return that had waited while those passed.
    private func redact(_ runner: any ProjectionRunning, _ batch: FactBatch) throws {
        for earlier in try runner.waiting.tombstonesPassed(lane: lane, on: connection) {
            _ = try runner.redact(earlier, version: batch.through, on: connection)
        }
        guard let tombstone = batch.tombstone else { return }
        let rows = try runner.redact(tombstone, version: batch.through, on: connection)
        if tombstone.scope == .shop {
            try runner.waiting.forget(tombstone.shop, runner.schema, lane: lane, on: connection)
        }
        guard isLive else { return }
        // What was forgotten stays forgotten from here on.
        try connection.execute("set local synchronous_commit = on")
        _ = try connection.query(
            """
            insert into privacy.redaction (lane, position, projection, rows) values ($1, $2, $3, $4)
            on conflict do nothing
            """, [.int2(lane), .int8(tombstone.position), .text(runner.name), .int8(rows)])
    }

    /// Compare-and-set of all checkpoints, and the word to who waits for it, in one statement.
    private func advance(_ runners: [any ProjectionRunning], to position: Position) throws {
        var parameters: [PostgresValue] = [.int2(lane), .int8(position), .text("\(lane):\(position)"), .bool(isLive)]
        var updates: [String] = []
        for (index, runner) in runners.enumerated() {
            updates.append(
                """
                u\(index) as (update \(runner.schema).checkpoint set position = $2, projected_at = clock_timestamp()
                    where lane = $1 and position = $\(parameters.count + 1) and tableoid::int8 = $\(parameters.count + 2)
                    returning 1)
                """)
            parameters += [.int8(runner.checkpoint.position), .int8(runner.checkpoint.table)]
        }
        let moved = runners.indices.map { "select from u\($0)" }.joined(separator: " union all ")
        let word = "case when $4::bool then pg_notify('footfall_projection', $3)::text end"
        let row = try connection.query(
            "with \(updates.joined(separator: ", ")) select count(*), \(word) from (\(moved)) moved", parameters)[0]
        guard row.int64(0) == runners.count else { throw Displaced() }
    }
}

extension PostgresError {
    /// The value itself is at fault (class 22), or it is beyond what the database stores (class 54); see "PostgreSQL
    /// Error Codes" in its manual.
    fileprivate var isOfTheData: Bool { sqlState.hasPrefix("22") || sqlState.hasPrefix("54") }
}

extension FactBatch {
    /// Two batches, each with a part of the events; nil for a batch of one.
    fileprivate var halves: (FactBatch, FactBatch)? {
        guard events.count > 1 else { return nil }
        let middle = events[events.count / 2 - 1].position
        func part(after: Position, through: Position) -> FactBatch {
            FactBatch(
                lane: lane, after: after, through: through,
                events: events.filter { $0.position > after && $0.position <= through },
                failures: failures.filter { $0.position > after && $0.position <= through })
        }
        return (part(after: after, through: middle), part(after: middle, through: through))
    }

    /// The same batch with its event as one that waits.
    fileprivate func refused(_ reason: String) -> FactBatch {
        let waiting = events.map {
            UnreadableEvent(
                position: $0.position, shop: $0.shop, visitor: $0.visitor, reason: reason, handles: $0.handles)
        }
        return FactBatch(
            lane: lane, after: after, through: through, events: [],
            failures: (failures + waiting).sorted { $0.position < $1.position })
    }
}
