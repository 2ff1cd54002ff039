internal import EventModel
internal import Postgres
internal import Privacy
internal import ReadModels

/// Looks once more for what belongs to a person of whom the backup knows that an erasure had found the handles, and not
/// that it had destroyed the keys. What came in between may name more of the person's. The erasure itself looks again
/// before it ends, but the installation may have been gone by then; and once the tombstones are written again nobody
/// finds it by the person's handles any more.
struct LateTrace {
    /// Tombstones that the backup had decided on; read before the journal's are carried out.
    private let decided: Set<ErasureEntry.Place>
    private let connection: PostgresConnection

    init(_ connection: PostgresConnection) throws {
        self.connection = connection
        decided = Set(
            try connection.query("select request, sequence from privacy.round").map { row in
                ErasureEntry.Place(
                    request: Key128(high: row.uuid(0).0, low: row.uuid(0).1), sequence: row.int32(1))
            })
    }

    /// What these entries of the journal, which the backup does not have, lack: an entry for each request that has more
    /// to forget. They are carried out already. The index of who is named where has the whole log.
    func entries(beside unrecorded: [ErasureEntry], nowMillis: Int64) throws -> [ErasureEntry] {
        let persons = unrecorded.filter { $0.scope == .person && decided.contains($0.place) }
        return try Dictionary(persons.map { ($0.request, $0) }) { first, _ in first }.values
            .sorted { $0.request < $1.request }.compactMap { try entry(for: $0, nowMillis) }
    }

    private func entry(for known: ErasureEntry, _ nowMillis: Int64) throws -> ErasureEntry? {
        let id = PostgresValue.uuid(known.request.high, known.request.low)
        guard
            let request = try connection.query(
                "select asked_handles, orders from privacy.request where id = $1", [id]
            ).first
        else { return nil }
        let asked = Handle.unpacked(request.bytes(0))
        let rounds = try connection.query(SQL.rounds, [id])
        let before = rounds.flatMap { Handle.unpacked($0.bytes(1)) }
        let unlinked = Set(rounds.flatMap { Handle.unpacked($0.bytes(2)) } + before)
        let heads = heads(of: known.lane)
        let claimed = try SubjectTrace.claimed(
            before, but: asked, at: rounds.flatMap { $0.int64Array(3) }, heads: heads)
        let found = try SubjectTrace.find(
            ShopKey(lane: known.lane, shop: known.shop), asked, known: before.filter { !claimed.contains($0) },
            claimed: Array(claimed), request.text(1) == "all" ? .all : .listed, on: connection, heads: heads)
        let more = found.unlinked.filter { !unlinked.contains($0) }
        guard !more.isEmpty || !Set(found.handles).isSubset(of: before) else { return nil }
        // All of them again: what was left to an order that goes now goes with it.
        return ErasureEntry(
            request: known.request, sequence: (rounds.map { $0.int32(0) }.max() ?? 0) + 1, lane: known.lane,
            shop: known.shop, handles: found.handles, unlinked: more, atMillis: nowMillis)
    }

    private func heads(of lane: Lane) -> ([Position]) throws -> [Position: NamedEvent] {
        { positions in
            try connection.query(SQL.heads, [.int2(lane), .int8Array(positions)]).reduce(into: [:]) { heads, row in
                let sealed = row.bytes(1)
                guard let head = SealedHead(sealed.span), !head.handles.isEmpty,
                    let source = EventSource(rawValue: UInt8(truncatingIfNeeded: row.int32(2)))
                else { return }
                heads[row.int64(0)] = NamedEvent(head.handles, contacts: head.contacts, from: source)
            }
        }
    }

    private enum SQL {
        static let rounds = "select sequence, handles, unlinked, positions from privacy.round where request = $1"
        static let heads = "select position, sealed, source::int from log.event where lane = $1 and position = any($2)"
    }
}
