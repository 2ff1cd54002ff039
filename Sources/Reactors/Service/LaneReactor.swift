internal import Blocking
package import EventModel
package import Postgres

/// Turns the events of lanes into tasks. Holds a lane's lock while its session lives, so there is one at a time.
package actor LaneReactor {
    /// The lane's checkpoint is not where this process left it.
    package struct Displaced: Error, Sendable {}

    /// First key of the advisory lock of a lane; the second is the lane. "FRLN".
    static let lockClass: Int32 = 0x4652_4C4E
    /// What is finished so long ago tells nobody anything any more.
    private static let keptDays: Int64 = 30
    /// A dead letter that nobody took up in a quarter. A schedule that fails daily would leave one a day for ever.
    private static let deadDays: Int64 = 90

    private let executor = BlockingExecutor(label: "footfall.reactors")
    private let connection: PostgresConnection
    private let reactors: [any Reactor]
    private let reader: InterestReader
    private var positions: [Lane: Position] = [:]
    private var generation = 0

    /// Contacts nobody yet.
    package init(
        database: PostgresConfiguration, reactors: [any Reactor], dictionaries: PayloadDictionaries
    ) {
        connection = PostgresConnection(database)
        self.reactors = reactors
        reader = InterestReader(Set(reactors.flatMap(\.interests)), dictionaries: dictionaries)
    }

    /// Its own queue.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Reads the lane to its head, unless another process has it. Returns the number of events that reactors were asked
    /// about.
    @discardableResult
    package func catchUp(lane: Lane) throws -> Int {
        guard var position = try take(lane) else { return 0 }
        var asked = 0
        while let stretch = try reader.read(lane: lane, after: position, on: connection) {
            try take(in: stretch, lane, after: position)
            asked += stretch.events.count
            position = stretch.through
            positions[lane] = position
        }
        return asked
    }

    /// Removes finished tasks that are old, and dead letters much later; never those of requests of data subjects.
    package func purge() throws {
        _ = try connection.query(
            """
            delete from reactor.task
            where (state in ('done', 'dropped') and finished_at < now() - $1 * interval '1 day')
                or (state = 'dead' and finished_at < now() - $2 * interval '1 day' and reactor <> $3)
            """, [.int8(Self.keptDays), .int8(Self.deadDays), .text(ReactorDesk.privacyReactor)])
    }

    /// Gives all lanes back; also after an error, when the session may be half-way through anything.
    package func release() {
        positions.removeAll()
        connection.close()
        connection.connectsOnUse = true
    }

    /// Makes the stretch's tasks and moves the checkpoint, in one transaction. Where Postgres refuses a task for what
    /// stands in it, all are made one by one, and that one is left as a dead letter: nobody behind it waits for ever.
    private func take(in stretch: InterestReader.Stretch, _ lane: Lane, after position: Position) throws {
        do {
            try transact(stretch, lane, after: position) {
                try TaskTable.insert([$0], lane: lane, shop: $1.shop, on: connection)
            }
        } catch let error as PostgresError {
            guard error.isAboutContent else { throw error }
            try transact(stretch, lane, after: position) {
                try TaskTable.insertOrBury($0, of: $1, on: connection)
            }
        }
    }

    private func transact(
        _ stretch: InterestReader.Stretch, _ lane: Lane, after position: Position,
        _ insert: (NewTask, ReactorEvent) throws -> Void
    ) throws {
        try connection.transaction {
            for event in stretch.events {
                for reactor in reactors where reactor.wants(event) {
                    for task in reactor.tasks(for: event) { try insert(task, event) }
                }
            }
            let moved = try connection.query(
                "update reactor.checkpoint set position = $2 where lane = $1 and position = $3 returning lane",
                [.int2(lane), .int8(stretch.through), .int8(position)])
            guard moved.count == 1 else { throw Displaced() }
        }
    }

    /// The lane's position, with its lock taken; nil while another process has it.
    private func take(_ lane: Lane) throws -> Position? {
        connection.connectsOnUse = true
        try connection.connect()
        connection.connectsOnUse = false
        if generation != connection.generation {
            generation = connection.generation
            positions.removeAll()
            // A partition that is empty when a statement is planned would be read whole ever after.
            // Planning anew for each stretch would cost more than looking at it.
            try connection.execute("set enable_seqscan = off; set plan_cache_mode = force_generic_plan")
        }
        if let position = positions[lane] { return position }
        let locked = try connection.query(
            "select pg_try_advisory_lock($1, $2)", [.int4(Self.lockClass), .int4(Int32(lane))])
        guard locked.first?.bool(0) == true else { return nil }
        let row = try connection.query(
            """
            insert into reactor.checkpoint as c (lane, position) values ($1, 0)
            on conflict (lane) do update set position = c.position returning position
            """, [.int2(lane)])[0]
        positions[lane] = row.int64(0)
        return row.int64(0)
    }
}
