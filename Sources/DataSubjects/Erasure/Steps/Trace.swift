internal import EventLog
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

extension RequestWork {
    /// More looks than this mean that somebody makes new handles faster than we erase them.
    private static let looksMax = 20

    /// Under these names the results of `traced` say how many events that name the person stay because they are sealed as
    /// somebody else's, and how much of what claims name beside was not looked at.
    static let (keptWithOthers, unfollowed) = ("kept_with_others", "not_followed")

    /// Finds what belongs to the person and writes the next round down; without anything new there is none. The first
    /// round is made also for a person whom nobody has heard of: the fence has to stand before they come.
    func trace(isFirst: Bool) async throws -> RequestFlow.StepEnd {
        if let wait = try await awaitSubjects() { return wait }
        let (parts, request) = (parts, request)
        return try await parts.pool.run { connection in
            let rounds = try RoundTable.list(request.id, on: connection)
            // Begun again after its round was written.
            if isFirst, !rounds.isEmpty { return .done }
            if !isFirst, rounds.contains(where: { $0.generation == nil }) { return .again(from: .recorded) }
            guard let context = try ShopContext.find(request.shop.shop, vault: parts.vault, on: connection) else {
                throw SubjectFailure("the shop has no key any more", isPermanent: true)
            }
            // A batch that was under way with one of the keys may have brought it back.
            try SubjectKeys.delete(ids: rounds.flatMap(\.keyIDs), of: request.shop, on: connection)
            let reader = PersonReader(connection, context, request.shop, parts.dictionaries)
            let (person, kept) = try Self.person(request, rounds, reader)
            guard isFirst || !person.handles.isEmpty || !person.unlinked.isEmpty else { return .done }
            guard let next = parts.next(rounds, person, looksMax: Self.looksMax) else {
                throw SubjectFailure("handles of the person keep turning up")
            }
            var probes = try SearchProbes.read(request.id, context, on: connection)
            try probes.gather(person.positions, &reader.events)
            let found = rounds.flatMap { $0.handles + $0.unlinked } + person.handles + person.unlinked
            try connection.transaction {
                for round in next { try RoundTable.insert(round, of: request.id, on: connection) }
                try probes.store(request.id, context, on: connection)
                if isFirst {
                    try StepResults.note(.traced, kept, of: request.id, on: connection)
                }
                _ = try connection.query(
                    "update privacy.request set found_handles = $2 where id = $1",
                    [RequestTable.id(request.id), .bytes(Handle.packed(found))])
            }
            return isFirst ? .done : .again(from: .recorded)
        }
    }

    /// Another round that names everything again, for what a read model took in behind the last tombstone; nil where there
    /// were too many.
    func nameAgain(_ rounds: [ErasureRound]) async throws -> RequestFlow.StepEnd? {
        var person = TracedPerson()
        person.handles = Set(rounds.flatMap(\.handles)).sorted { ($0.kind, $0.hash) < ($1.kind, $1.hash) }
        guard let next = parts.next(rounds, person, looksMax: Self.looksMax) else { return nil }
        let id = request.id
        try await parts.pool.run { connection in
            try connection.transaction {
                for round in next { try RoundTable.insert(round, of: id, on: connection) }
            }
        }
        return .again(from: .recorded)
    }

    /// What is new since the rounds before, and how much of what was found stays.
    private static func person(
        _ request: SubjectRequest, _ rounds: [ErasureRound], _ reader: PersonReader
    ) throws -> (TracedPerson, kept: [String: Int64]) {
        let (before, unlinkedBefore) = (rounds.flatMap(\.handles), rounds.flatMap(\.unlinked))
        let claimed = try reader.claimed(of: before, but: request.asked, at: rounds.flatMap(\.positions))
        let sure = before.filter { !claimed.contains($0) }
        let found = try reader.trace(request.asked, known: sure, claimed: Array(claimed), request.orders)
        let known = Set(before)
        let unlinkedKnown = Set(unlinkedBefore)
        let others = Set(rounds.flatMap(\.positions) + found.kept)
        let positions = found.positions.filter { !others.contains($0) }
        // Events that came between a tombstone and its fence name handles that a further tombstone has to name again; so do
        // those of orders that are kept, which are none of the person's positions.
        let tombstone = rounds.compactMap(\.tombstone).max()
        let isLate = try tombstone.map { try reader.isNamed(before, after: $0) } ?? false
        let new = found.handles.filter { !known.contains($0) }
        // So do those of an order that seemed to be somebody else's before.
        let isAll = isLate || !rounds.isEmpty && new.contains { $0.kind == .order }
        let person = TracedPerson(
            handles: isAll ? found.handles : new,
            unlinked: found.unlinked.filter { !unlinkedKnown.contains($0) && !known.contains($0) },
            positions: positions)
        let kept = [
            "kept_as_shared": found.shared.count, keptWithOthers: found.others + found.kept.count,
            unfollowed: found.unfollowed,
        ]
        return (person, kept.mapValues(Int64.init))
    }

    /// Waits until the index of subjects has what the log had when this step was begun.
    func awaitSubjects() async throws -> RequestFlow.StepEnd? {
        let request = request
        return try await parts.pool.run { connection in
            var target = request.awaited.flatMap(Position.init)
            if target == nil {
                let head = try LogReader(connection).head(lane: request.shop.lane)
                try RequestTable.await(String(head), of: request.id, on: connection)
                target = head
            }
            let position = try ReadModelPositions.position("subjects", lane: request.shop.lane, on: connection)
            return position >= (target ?? 0) ? nil : .wait(Self.lookEvery)
        }
    }
}

/// What of a person a round takes in.
struct TracedPerson: Sendable, Equatable {
    /// To be fenced, and their keys destroyed.
    var handles: [Handle] = []
    /// Only their keys are destroyed: somebody else may use the browser.
    var unlinked: [Handle] = []
    /// The person's events.
    var positions: [Position] = []
}

/// Reads a person's events on one connection. Belongs to its thread.
final class PersonReader {
    var events: PersonEvents
    private let connection: PostgresConnection
    private let shop: ShopKey

    init(
        _ connection: PostgresConnection, _ context: ShopContext, _ shop: ShopKey,
        _ dictionaries: PayloadDictionaries
    ) {
        (self.connection, self.shop) = (connection, shop)
        events = PersonEvents(connection, context, lane: shop.lane, dictionaries)
    }

    /// All that belongs to the person with these handles; nothing where there are none. `known` were found before, and
    /// `claimed` too, by claims only.
    func trace(
        _ handles: [Handle], known: [Handle] = [], claimed: [Handle] = [], _ orders: SubjectOrders
    ) throws -> SubjectTrace {
        try SubjectTrace.find(
            shop, handles, known: known, claimed: claimed, orders == .all ? .all : .listed, on: connection,
            heads: heads)
    }

    /// Those of the found handles that are known by claims only.
    func claimed(of found: [Handle], but asked: [Handle], at positions: [Position]) throws -> Set<Handle> {
        try SubjectTrace.claimed(found, but: asked, at: positions, heads: heads)
    }

    /// Whether an event behind this one names any of the handles.
    func isNamed(_ handles: [Handle], after position: Position) throws -> Bool {
        try !connection.query(
            """
            select from subjects.mention where lane = $1 and shop_id = $2 and handle = any($3) and position > $4 limit 1
            """,
            [.int2(shop.lane), .int4(shop.shop), .uuidArray(Handle.columns(handles).hashes), .int8(position)]
        ).isEmpty
    }

    /// What the sealed heads of these events name; without an entry where nothing was sealed.
    func heads(_ positions: [Position]) throws -> [Position: NamedEvent] {
        var heads: [Position: NamedEvent] = [:]
        try events.each(positions) { event in
            guard !event.handles.isEmpty else { return true }
            heads[event.position] = NamedEvent(event.handles, contacts: event.contacts, from: event.header.source)
            return true
        }
        return heads
    }
}

/// How far read models are.
enum ReadModelPositions {
    /// The position of a read model in a lane; 0 where it has not begun, the furthest where there is no such schema.
    static func position(_ schema: String, lane: Lane, on connection: PostgresConnection) throws -> Position {
        let exists = try connection.query("select to_regclass($1) is not null", [.text(schema + ".checkpoint")])
        guard exists.first?.bool(0) == true else { return .max }
        return try connection.query("select position from \(schema).checkpoint where lane = $1", [.int2(lane)])
            .first?.int64(0) ?? 0
    }
}
