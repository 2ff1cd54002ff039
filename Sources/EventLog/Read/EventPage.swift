package import EventModel

/// One event as read from the log; its payload and sealed fields are ranges of the page's bytes.
package struct LoggedEvent: Sendable {
    /// Its place in the lane.
    package let position: Position
    /// What the log keeps in columns.
    package let header: EventHeader
    /// Index into the page's `kinds`.
    package let kind: Int
    /// Uncompressed length u32, then the LZ4 block: what `PayloadDecompressor.open` takes.
    package let payload: Range<Int>
    /// Sealed personal fields; empty where nothing was personal.
    package let sealed: Range<Int>
}

/// Consecutive events of one lane, in order, with their bytes in one arena. Reused from read to read, so that reading
/// allocates nothing an event; a value, so it may be handed to another thread whole.
package struct EventPage: Sendable {
    /// Names of kinds are kept from page to page; senders may make up names, so there is an end to that.
    private static let kindsMax = 4096
    /// A page of unusually large events does not leave its storage behind.
    private static let storageBytesMax = 8 << 20

    /// In position order, without gaps.
    package internal(set) var events: [LoggedEvent] = []
    /// Payloads and sealed fields.
    package internal(set) var bytes: [UInt8] = []
    /// The lane had no event after the last one when it was read.
    package internal(set) var reachesHead = false
    /// Distinct names of events; an event has an index into it. Indexes are stable until `kindsGeneration` changes.
    package private(set) var kinds: [String] = []
    /// Grows when `kinds` begins anew.
    package private(set) var kindsGeneration = 0
    private var kindIndexes: [Int32: Int] = [:]
    /// Rows of `log.kind` that were met and whose names are not known yet.
    private(set) var unnamedKinds: [Int32] = []

    /// Empty.
    package init() {}

    /// Number of events.
    package var count: Int { events.count }
    /// No events.
    package var isEmpty: Bool { events.isEmpty }
    /// Position of the last event.
    package var lastPosition: Position? { events.last?.position }

    /// The event's name.
    package func kind(of event: LoggedEvent) -> String { kinds[event.kind] }

    /// Forgets the events and keeps the storage.
    package mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        reachesHead = false
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.storageBytesMax)
        if kinds.count > Self.kindsMax { forgetKinds() }
    }

    /// Begins `kinds` anew. No event may be held.
    mutating func forgetKinds() {
        kinds.removeAll(keepingCapacity: true)
        kindIndexes.removeAll(keepingCapacity: true)
        unnamedKinds.removeAll()
        kindsGeneration += 1
    }

    /// The event's canonical record, as it came in and as the chain of hashes covers it.
    package func encode(_ event: LoggedEvent, into record: inout [UInt8]) {
        var name = kinds[event.kind]
        name.withUTF8 { name in
            unsafe EventRecord.encode(
                event.header, name: Span(_unsafeElements: name), payload: bytes.span.extracting(event.payload),
                sealed: bytes.span.extracting(event.sealed), into: &record)
        }
    }

    /// The index of a row of `log.kind`. A new one's name is empty until `name` gives it.
    mutating func kindIndex(_ number: Int32) -> Int {
        if let index = kindIndexes[number] { return index }
        kinds.append("")
        kindIndexes[number] = kinds.count - 1
        unnamedKinds.append(number)
        return kinds.count - 1
    }

    /// Gives the unnamed kinds their names. A number without a row keeps an empty name, with which no hash agrees.
    mutating func name(_ names: [Int32: String]) {
        for number in unnamedKinds {
            if let index = kindIndexes[number] { kinds[index] = names[number] ?? "" }
        }
        unnamedKinds.removeAll()
    }
}
