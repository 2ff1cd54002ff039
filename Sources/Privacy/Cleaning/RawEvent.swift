package import EventModel
package import Pipelines

/// An event as it came in: ranges of a request's body. It may not be stored; `EventCleaner` makes a `CleanEvent` of it.
package struct RawEvent {
    /// The event's bytes in the body.
    package var range: Range<Int>
    /// Its matches among those of the body's scan.
    package var matches: Range<Int>
    /// Its fields, found among these matches.
    package var fields: EventFields
    /// What the pipeline says about it.
    package var definition: EventDefinition
    /// Its identity; what is sealed is bound to it.
    package var key: Key128
    /// The gateway's clock, in milliseconds.
    package var receivedAt: Int64
    /// Where the request came from; nil where nobody visits (webhooks).
    package var origin: RequestOrigin?
    /// A customer id that the app proxy vouches for, as text.
    package var provenCustomerID: [UInt8]?
    /// What the browser asked for by headers.
    package var signals: PrivacySignals = []

    /// An event in a body.
    package init(
        range: Range<Int>, matches: Range<Int>, fields: EventFields, definition: EventDefinition, key: Key128,
        receivedAt: Int64, origin: RequestOrigin?, signals: PrivacySignals = []
    ) {
        self.range = range
        self.matches = matches
        self.fields = fields
        self.definition = definition
        self.key = key
        self.receivedAt = receivedAt
        self.origin = origin
        self.signals = signals
    }
}

/// An event that may be stored: no plain personal byte is left in it. Only `EventCleaner` writes one; its storage is
/// reused from event to event.
package struct CleanEvent: Sendable {
    /// The event's bytes where something was changed; else they stand in the body at `original`.
    var rewritten: [UInt8] = []
    var original: Range<Int>?
    /// The sealed values (see `SealedHead`); empty where nothing was personal.
    package internal(set) var sealed: [UInt8] = []
    /// Who it was.
    package internal(set) var visitor = Visitor.none
    /// The consent bits of the event's header; the others are the gateway's to add.
    package internal(set) var consent: EventFlags = .allConsent
    /// New subject keys to send along with the event.
    package internal(set) var grants: [SubjectKeyGrant] = []
    /// Whose data was sealed, or of a fenced event who is linked; empty where there is nobody.
    package internal(set) var handles: [Handle] = []
    /// Those of them that are only mentioned (`NamedEvent`).
    package internal(set) var mentioned: [Handle] = []
    /// Those of them that are another contact than the customer (`NamedEvent.otherContacts`).
    package internal(set) var contacts: [Handle] = []
    /// Personal values were removed for good, because their subject is erased.
    package internal(set) var isFenced = false

    /// Nothing yet.
    package init() {}

    /// Forgets the event before, and keeps its storage.
    mutating func clear() {
        self.rewritten.empty()
        self.sealed.empty()
        self.grants.empty()
        self.handles.empty()
        self.mentioned.empty()
        self.contacts.empty()
        self.isFenced = false
    }

    /// True when the event's bytes are stored as they came.
    package var isUnchanged: Bool { self.original != nil }

    /// Lends the bytes to store. `body` is the one that the event was cleaned from.
    package func withPayload<R>(of body: Span<UInt8>, _ use: (Span<UInt8>) throws -> R) rethrows -> R {
        if let original { return try use(body.extracting(original)) }
        return try use(self.rewritten.span)
    }
}
