package import EventModel
package import Postgres
package import Privacy

/// A read model: a pure fold of the log into tables of a schema of its own.
///
/// One value belongs to one lane and one thread. It may keep rows in memory between batches: it is told when they were
/// committed and when they were not. `fold` reads, `write` writes; the projector puts `write` and the checkpoint into one
/// transaction.
package protocol Projection {
    /// What one batch changes.
    associatedtype Changes

    /// Name of the read model, of its schema and of its file `schema/projections/NAME.sql`.
    static var name: String { get }

    /// An event that cannot be read, and the later ones of its visitor, wait. False for a fold that reads no payloads and
    /// to which order is nothing: it takes what is readable of them at once, from `FactBatch.failures`.
    static var waits: Bool { get }

    /// A projection whose tables are in `schema`.
    init(lane: Lane, schema: String)

    /// Works out what the batch changes. Reads what it needs through `connection`; writes nothing.
    mutating func fold(
        _ batch: FactBatch, on connection: PostgresConnection, recall: some EventRecall
    ) throws -> Changes

    /// Writes the changes inside the caller's transaction.
    func write(_ changes: Changes, version: Position, on connection: PostgresConnection) throws

    /// Takes out of the tables what they hold of a person or a shop, inside the caller's transaction; gives the number of
    /// rows changed and removed. Totals stay as they are, unless the whole shop goes. Doing it twice changes nothing
    /// more.
    func redact(_ tombstone: Tombstone, version: Position, on connection: PostgresConnection) throws -> Int64

    /// The transaction was committed.
    mutating func confirm(_ changes: Changes)

    /// A transaction with `redact` was committed: rows may be other ones than those kept in memory.
    mutating func confirmRedaction()

    /// Forgets all that is kept in memory: a transaction failed, or another process had the lane.
    mutating func reset()
}

extension Projection {
    /// What cannot be read waits.
    package static var waits: Bool { true }

    /// Forgets all that is kept in memory.
    package mutating func confirmRedaction() { reset() }
}

/// The facts of a stretch of one lane, in log order.
package struct FactBatch: Sendable {
    /// The lane.
    package let lane: Lane
    /// The position before the first event.
    package let after: Position
    /// The position of the last event, also where it waits.
    package var through: Position
    /// Events to fold, ascending by position.
    package var events: [EventFacts]
    /// Events that could not be read; ascending by position.
    package var failures: [UnreadableEvent]
    /// The batch is this one event and nothing else: all before it is folded, and nothing after it.
    package var tombstone: Tombstone?
    /// Nothing lay behind it when it was read.
    package var isLast = false

    /// The stretch after `after` up to `through`.
    package init(
        lane: Lane, after: Position, through: Position, events: [EventFacts], failures: [UnreadableEvent] = []
    ) {
        self.lane = lane
        self.after = after
        self.through = through
        self.events = events
        self.failures = failures
    }
}

// What few folds ask for, found without copying the other events: one is some 400 bytes and a dozen references.
extension FactBatch {
    /// The events that carry a document.
    var documented: [EventFacts] {
        let events = events.span
        return events.indices.filter { events[$0].document != nil }.map { events[$0] }
    }

    /// The events in whose sealed part somebody or something is named.
    var naming: [EventFacts] {
        let events = events.span
        return events.indices.filter { !events[$0].handles.isEmpty }.map { events[$0] }
    }
}

/// An event whose payload did not open or was no JSON.
package struct UnreadableEvent: Sendable {
    /// Place in the lane.
    package let position: Position
    /// The tenant.
    package let shop: ShopID
    /// `Key128.zero` where the event has none.
    package let visitor: Key128
    /// In words, without any of the event's content.
    package let reason: String
    /// Keyed hashes of the people and things named in its sealed part.
    package var handles: [Handle]

    /// An event that waits, and why.
    package init(position: Position, shop: ShopID, visitor: Key128, reason: String, handles: [Handle] = []) {
        self.handles = handles
        self.position = position
        self.shop = shop
        self.visitor = visitor
        self.reason = reason
    }
}

/// Reads events of the log again.
package protocol EventRecall {
    /// The events of one visitor at these positions, none after `through`; in any order.
    func events(
        shop: ShopID, visitor: Key128, positions: PositionSet, through: Position
    ) throws -> [EventFacts]
}
