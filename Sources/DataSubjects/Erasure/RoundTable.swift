internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels

/// One tombstone of a request: a row of `privacy.round`.
struct ErasureRound: Sendable, Equatable {
    let sequence: Int32
    let handles: [Handle]
    let unlinked: [Handle]
    let positions: [Position]
    let occurredAt: Int64
    var tombstone: Position?
    var generation: Int64?
    var keyIDs: [Key128] = []
    /// Kept when `positions` are emptied.
    var events: Int64
    var range: ClosedRange<Position>?
}

extension ErasureRound {
    /// A round that begins.
    init(sequence: Int32, _ person: TracedPerson, occurredAt: Int64) {
        self.init(
            sequence: sequence, handles: person.handles, unlinked: person.unlinked,
            positions: person.positions.sorted(),
            occurredAt: occurredAt, events: Int64(person.positions.count),
            range: person.positions.min().flatMap { low in person.positions.max().map { low...$0 } })
    }
}

extension ErasureParts {
    /// The rounds that take the person in behind those that there are: as many as the tombstones need. Nil where there were
    /// `looksMax` looks at the person by now.
    func next(_ rounds: [ErasureRound], _ person: TracedPerson, looksMax: Int) -> [ErasureRound]? {
        // A full one has another one of the same look behind it.
        let looks = rounds.count { $0.handles.count + $0.unlinked.count < tombstoneHandlesMax }
        guard looks < looksMax else { return nil }
        let (all, fenced) = (person.handles + person.unlinked, person.handles.count)
        return stride(from: 0, through: max(0, all.count - 1), by: tombstoneHandlesMax).map { start in
            let end = min(all.count, start + tombstoneHandlesMax)
            let part = TracedPerson(
                handles: Array(all[min(start, fenced)..<min(end, fenced)]),
                unlinked: Array(all[max(start, fenced)..<max(end, fenced)]),
                positions: start == 0 ? person.positions : [])
            let sequence = (rounds.last?.sequence ?? 0) + 1 + Int32(start / tombstoneHandlesMax)
            return ErasureRound(sequence: sequence, part, occurredAt: nowMillis())
        }
    }
}

extension [ErasureRound] {
    /// Everything whose keys are destroyed.
    var owners: Set<Handle> { Set(flatMap { $0.handles + $0.unlinked }) }
}

/// `privacy.round`. Every call is a statement on the connection it is given.
enum RoundTable {
    /// All of a request, in order.
    static func list(_ request: Key128, on connection: PostgresConnection) throws -> [ErasureRound] {
        try connection.query(SQL.list, [RequestTable.id(request)]).map { row in
            let first = row.int64IfPresent(9)
            return ErasureRound(
                sequence: row.int32(0), handles: Handle.unpacked(row.bytes(1)), unlinked: Handle.unpacked(row.bytes(2)),
                positions: row.int64Array(3), occurredAt: row.timestampMillis(4), tombstone: row.int64IfPresent(5),
                generation: row.int64IfPresent(6), keyIDs: row.uuidArray(7).map(Key128.init), events: row.int64(8),
                range: first.flatMap { low in row.int64IfPresent(10).map { low...$0 } })
        }
    }

    static func insert(_ round: ErasureRound, of request: Key128, on connection: PostgresConnection) throws {
        _ = try connection.query(
            SQL.insert,
            [
                RequestTable.id(request), .int4(round.sequence), .bytes(Handle.packed(round.handles)),
                .bytes(Handle.packed(round.unlinked)), .int8Array(round.positions), .int8(round.events),
                .optional(round.range?.lowerBound), .optional(round.range?.upperBound), .timestamp(round.occurredAt),
            ])
    }

    static func set(
        tombstone: Position, of request: Key128, sequence: Int32, on connection: PostgresConnection
    ) throws {
        _ = try connection.query(
            "update privacy.round set tombstone = $3 where request = $1 and sequence = $2",
            [RequestTable.id(request), .int4(sequence), .int8(tombstone)])
    }

    /// In the transaction that destroys the keys.
    static func set(
        generation: Int64, keyIDs: [Key128], of request: Key128, sequence: Int32, on connection: PostgresConnection
    ) throws {
        _ = try connection.query(
            """
            update privacy.round set generation = $3, key_ids = $4 where request = $1 and sequence = $2
            """,
            [
                RequestTable.id(request), .int4(sequence), .int8(generation),
                .uuidArray(keyIDs.map { ($0.high, $0.low) }),
            ])
    }

    /// Nothing links the person's events any more.
    static func forgetPositions(of request: Key128, on connection: PostgresConnection) throws {
        _ = try connection.query(
            "update privacy.round set positions = '{}' where request = $1", [RequestTable.id(request)])
    }

    private enum SQL {
        static let list = """
            select sequence, handles, unlinked, positions, occurred_at, tombstone, generation, key_ids, event_count,
                first_position, last_position
            from privacy.round where request = $1 order by sequence
            """
        static let insert = """
            insert into privacy.round (request, sequence, handles, unlinked, positions, event_count, first_position,
                last_position, occurred_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (request, sequence) do nothing
            """
    }
}
