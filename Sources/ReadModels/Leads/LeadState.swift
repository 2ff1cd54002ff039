internal import EventModel

/// One person who left an e-mail or a phone in one shop, as an aggregate of the submissions; independent of the order in
/// which they arrive.
struct LeadState: Equatable {
    /// Where the first submission was made.
    struct Origin: Equatable {
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
    /// Where in the log the newest submission is.
    private(set) var contact: Placed<Position>
    /// Known by a phone, because no e-mail was given.
    private(set) var isByPhone: Bool
    /// All handles that submissions gave: an order by any of them converts.
    private(set) var handles: Set<Key128>

    init(_ event: EventFacts, _ contact: ContactFacts) {
        first = Placed(Origin(visitor: event.visitor, source: event.source.name), at: event.order)
        lastSeen = event.order.time
        consent = contact.marketingConsent.map { Placed($0, at: event.order) }
        self.contact = Placed(event.position, at: event.order)
        isByPhone = contact.email == nil
        handles = Set([contact.email, contact.phone].compactMap { $0 })
    }

    /// Takes in what another aggregate of the same person holds.
    mutating func merge(_ other: LeadState) {
        if other.first.order < first.order { first = other.first }
        lastSeen = max(lastSeen, other.lastSeen)
        submissions += other.submissions
        consent = .latest(consent, other.consent)
        if contact.order < other.contact.order { contact = other.contact }
        handles.formUnion(other.handles)
    }
}

extension LeadState {
    /// Puts pseudonyms in the place of handles.
    mutating func rename(_ names: [Key128: Key128]) { handles = Set(handles.map { names[$0] ?? $0 }) }

    /// Forgets in which visit the lead was made.
    mutating func unlink() {
        first = Placed(Origin(visitor: .zero, source: first.value.source), at: first.order)
    }

    /// Forgets where the contact data are.
    mutating func forgetContact() { contact = Placed(0, at: contact.order) }
}

extension LeadState {
    private static let version: UInt8 = 1

    /// The packed bytes of `lead.state`.
    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.version)
        writer.order(first.order)
        writer.word(first.value.visitor.high)
        writer.word(first.value.visitor.low)
        writer.text(first.value.source)
        writer.signed(lastSeen)
        writer.signed(submissions)
        writer.byte(consent == nil ? 0 : 1)
        if let consent {
            writer.order(consent.order)
            writer.byte(consent.value ? 1 : 0)
        }
        writer.order(contact.order)
        writer.signed(contact.value)
        writer.byte(isByPhone ? 1 : 0)
        writer.unsigned(UInt64(handles.count))
        for handle in handles.sorted() {
            writer.word(handle.high)
            writer.word(handle.low)
        }
        return writer.bytes
    }

    /// Reads a row back.
    init(decoding bytes: [UInt8]) throws(ByteReader.Damaged) {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version else { throw ByteReader.Damaged(offset: 0) }
        let order = try reader.order()
        let visitor = Key128(high: try reader.word(), low: try reader.word())
        first = Placed(Origin(visitor: visitor, source: try reader.text()), at: order)
        lastSeen = try reader.signed()
        submissions = try reader.signed()
        if try reader.byte() == 1 {
            let order = try reader.order()
            consent = Placed(try reader.byte() == 1, at: order)
        }
        let place = try reader.order()
        contact = Placed(try reader.signed(), at: place)
        isByPhone = try reader.byte() == 1
        handles = []
        for _ in 0..<(try reader.integer(Int.self)) {
            handles.insert(Key128(high: try reader.word(), low: try reader.word()))
        }
    }
}
