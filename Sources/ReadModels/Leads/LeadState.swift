internal import EventModel

/// What a submission may state of a person; the raw value is the place among a lead's positions.
package enum LeadPart: Int, CaseIterable, Sendable {
    /// What the person is called.
    case name
    /// The address.
    case email
    /// The number.
    case phone
    /// What was answered beside.
    case answers
}

/// One person who left an e-mail or a phone in one shop, as an aggregate of the submissions; independent of the order
/// in which they arrive, and of how they are grouped.
struct LeadState: Equatable {
    /// Where the first submission was made.
    struct Origin: Equatable {
        /// Its e-mail, else its phone: what the lead is known by.
        var handle: Key128
        var isPhone: Bool
        var visitor: Key128
        /// Name of the event's source.
        var source: String
    }

    /// The first submission.
    private(set) var first: Placed<Origin>
    private(set) var lastSeen: Int64
    private(set) var submissions: Int64 = 1
    /// The newest statement, if any was made.
    private(set) var consent: Placed<Bool>?
    /// Where in the log the newest submission is that states each `LeadPart`.
    private(set) var parts: [Placed<Position>?]
    /// The handles that submissions gave, `handlesMax` at most: an order by any of them converts.
    private(set) var handles: Set<Key128>
    /// Handles that submissions gave beyond those.
    private(set) var unlinkedHandles: Int64 = 0
    /// The person was erased and has left nothing since.
    private(set) var isErased = false

    /// E-mails and phones of one lead. No person has as many, and whoever sends another one each time makes a lead that
    /// costs no more: all of them are read and written with it.
    static let handlesMax = 64

    /// nil where the event names nobody, as one of an erased person does.
    init?(_ event: EventFacts, _ contact: ContactFacts) {
        guard let handle = contact.email ?? contact.phone else { return nil }
        let origin = Origin(
            handle: handle, isPhone: contact.email == nil, visitor: event.visitor, source: event.source.name)
        first = Placed(origin, at: event.order)
        lastSeen = event.order.time
        consent = contact.marketingConsent.map { Placed($0, at: event.order) }
        let stated: [LeadPart: Bool] = [
            .name: contact.hasName, .email: contact.email != nil, .phone: contact.phone != nil,
            .answers: contact.hasAnswers,
        ]
        parts = LeadPart.allCases.map { stated[$0] == true ? Placed(event.position, at: event.order) : nil }
        handles = Set([contact.email, contact.phone].compactMap { $0 })
    }

    /// Takes in what another aggregate of the same person holds.
    mutating func merge(_ other: LeadState) {
        if other.first.order < first.order { first = other.first }
        lastSeen = max(lastSeen, other.lastSeen)
        submissions += other.submissions
        consent = .latest(consent, other.consent)
        parts = zip(parts, other.parts).map { Placed.latest($0, $1) }
        handles.formUnion(other.handles)
        unlinkedHandles += other.unlinkedHandles
        isErased = isErased && other.isErased
    }

    /// Where the newest submission is that states this; 0 for none.
    func position(of part: LeadPart) -> Position { parts[part.rawValue]?.value ?? 0 }
}

extension LeadState {
    /// Keeps the handle that the lead is known by; the others are counted and connect nothing.
    mutating func keepFirstHandle() {
        unlinkedHandles += Int64(handles.count - 1)
        handles = [first.value.handle]
    }

    /// Puts pseudonyms in the place of handles.
    mutating func rename(_ names: [Key128: Key128]) {
        handles = Set(handles.map { names[$0] ?? $0 })
        var origin = first.value
        origin.handle = names[origin.handle] ?? origin.handle
        first = Placed(origin, at: first.order)
    }

    /// Forgets in which visit the lead was made.
    mutating func unlink() {
        var origin = first.value
        origin.visitor = .zero
        first = Placed(origin, at: first.order)
    }

    /// Forgets where the contact data are.
    mutating func erase() {
        parts = parts.map { _ in nil }
        isErased = true
    }
}

extension LeadState {
    private static let version: UInt8 = 2

    /// The packed bytes of `lead.state`.
    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.order(first.order)
        writer.key(first.value.handle)
        writer.byte(first.value.isPhone ? 1 : 0)
        writer.key(first.value.visitor)
        writer.text(first.value.source)
        writer.signed(lastSeen)
        writer.signed(submissions)
        writer.placed(consent) { $0.byte($1 ? 1 : 0) }
        for part in parts { writer.placed(part) { $0.signed($1) } }
        writer.unsigned(UInt64(handles.count))
        for handle in handles.sorted() { writer.key(handle) }
        writer.byte(isErased ? 1 : 0)
        // Few leads have any, and rows of before have no place for it.
        if unlinkedHandles > 0 { writer.signed(unlinkedHandles) }
        return writer.bytes
    }

    /// Reads a row back.
    init(decoding bytes: [UInt8]) throws(ByteReader.Damaged) {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version else { throw ByteReader.Damaged(offset: 0) }
        let order = try reader.order()
        let origin = Origin(
            handle: try reader.key(), isPhone: try reader.byte() == 1, visitor: try reader.key(),
            source: try reader.text())
        first = Placed(origin, at: order)
        lastSeen = try reader.signed()
        submissions = try reader.signed()
        if let place = try reader.place() { consent = Placed(try reader.byte() == 1, at: place) }
        parts = []
        for _ in LeadPart.allCases {
            if let place = try reader.place() {
                parts.append(Placed(try reader.signed(), at: place))
            } else {
                parts.append(nil)
            }
        }
        handles = []
        for _ in 0..<(try reader.integer(Int.self)) { handles.insert(try reader.key()) }
        isErased = try reader.byte() == 1
        if !reader.isAtEnd { unlinkedHandles = try reader.signed() }
    }
}

extension ByteWriter {
    fileprivate mutating func key(_ key: Key128) {
        word(key.high)
        word(key.low)
    }

    fileprivate mutating func placed<Value>(_ placed: Placed<Value>?, _ write: (inout ByteWriter, Value) -> Void) {
        byte(placed == nil ? 0 : 1)
        guard let placed else { return }
        order(placed.order)
        write(&self, placed.value)
    }
}

extension ByteReader {
    fileprivate mutating func key() throws(Damaged) -> Key128 { Key128(high: try word(), low: try word()) }

    /// The place of what follows; nil where nothing does.
    fileprivate mutating func place() throws(Damaged) -> OrderKey? { try byte() == 1 ? try order() : nil }
}
