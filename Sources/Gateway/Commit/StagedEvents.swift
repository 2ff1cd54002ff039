internal import EventModel

/// The encoded events of one request on their way into the lane's pending batches. Reused by its worker.
package struct StagedEvents: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var events: [Event] = []
    private(set) var aliases: [Key128] = []
    private(set) var grants: [SubjectKeyGrant] = []

    struct Event {
        let record: Range<Int>
        let aliases: Range<Int>
        let grants: Range<Int>
    }

    package init() {}

    package var isEmpty: Bool { events.isEmpty }
    package var count: Int { events.count }

    package mutating func clear() {
        // One huge webhook must not keep its storage for good.
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytesMax)
        events.removeAll(keepingCapacity: true)
        // Mostly empty, and emptying what is empty costs as much.
        if !aliases.isEmpty { aliases.removeAll(keepingCapacity: true) }
        if !grants.isEmpty { grants.removeAll(keepingCapacity: true) }
    }

    /// Adds one event; `encode` appends its record to the bytes it is lent.
    mutating func add(
        aliases: [Key128] = [], grants: [SubjectKeyGrant] = [], encode: (inout [UInt8]) -> Void
    ) {
        let start = bytes.count
        encode(&bytes)
        let aliasStart = self.aliases.count
        let grantStart = self.grants.count
        // Most events have neither, and even nothing costs as much as a few bytes to add.
        if !aliases.isEmpty { self.aliases.append(contentsOf: aliases) }
        if !grants.isEmpty { self.grants.append(contentsOf: grants) }
        events.append(
            Event(
                record: start..<bytes.count, aliases: aliasStart..<self.aliases.count,
                grants: grantStart..<self.grants.count))
    }

    private static let keptBytesMax = 1 << 20
}
