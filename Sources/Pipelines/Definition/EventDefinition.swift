package import EventModel

/// For which purpose an event is processed; what the shopper must have allowed.
package enum ConsentPurpose: String, Sendable, CaseIterable {
    case analytics, marketing, preferences, saleOfData = "sale_of_data"
    /// Processed by law or contract (orders, compliance), whatever the banner said.
    case none
}

/// What happens to a value before the event is stored.
package enum FieldAction: UInt8, Sendable, Comparable {
    /// Stored as it is.
    case keep = 0
    /// E-mail addresses, telephone numbers and secret query parameters inside the text are sealed, the rest stays
    /// readable.
    case sealInside = 1
    /// The whole value is sealed.
    case seal = 2
    /// Nobody may ever read it again (a credential): stored as null.
    case remove = 3

    /// Ordered by strictness; where several pointers name one value, the strictest holds.
    package static func < (left: FieldAction, right: FieldAction) -> Bool { left.rawValue < right.rawValue }
}

/// What one pointer of the source's set means for one kind of event.
package struct FieldRule: Sendable, Equatable {
    /// What happens to the value.
    package var action: FieldAction = .keep
    /// The handle that the value gives, if any.
    package var handle: HandleKind?
    /// An e-mail or a phone that stands beside the customer's id, as a part of the same object: the customer's own.
    package var isCustomersOwn = false

    /// True where the pointer means nothing for this event.
    package var isIdle: Bool { self.action == .keep && self.handle == nil }
}

/// One kind of event as a pipeline file defines it. A class, because each event is given one and copying its parts would
/// cost a count each.
package final class EventDefinition: Sendable {
    /// The event's name or the webhook's topic; empty for the definition of unknown ones.
    package let name: String
    /// Listed in the file. Unknown events are kept under the file's `unknown` settings.
    package let isKnown: Bool
    /// A rule for each pointer, by its id: of `pointers` where the definition has its own, else of the source's.
    package let rules: [FieldRule]
    /// A set of its own, for events whose pointers would make every scan of the source dearer: such an event is
    /// scanned again with it. Nil for the others.
    package let pointers: PointerSet?
    /// E-mail addresses, and telephone numbers with a plus sign, are sealed wherever in the event they stand, also where
    /// no pointer leads.
    package let sweepsEmail: Bool
    /// The event's handles are kept even when a fence takes its personal values away: a request of the data subject can
    /// be carried out again.
    package let keepsHandles: Bool
    /// The event's own limit.
    package let eventBytesMax: Int
    /// Older events are refused.
    package let maxAgeSeconds: Int64
    /// How long the log keeps it.
    package let retentionSeconds: Int64
    /// What it is processed for.
    package let consent: ConsentPurpose
    /// The read models that use it.
    package let projections: [String]
    /// Makes a session no bounce.
    package let isInteractive: Bool
    /// Makes a session engaged.
    package let isKey: Bool
    /// Leaves a lead.
    package let isLead: Bool

    init(
        name: String, isKnown: Bool, rules: [FieldRule], pointers: PointerSet?, sweepsEmail: Bool, keepsHandles: Bool,
        eventBytesMax: Int, maxAgeSeconds: Int64, retentionSeconds: Int64, consent: ConsentPurpose,
        projections: [String], isInteractive: Bool, isKey: Bool, isLead: Bool
    ) {
        self.name = name
        self.isKnown = isKnown
        self.rules = rules
        self.pointers = pointers
        self.sweepsEmail = sweepsEmail
        self.keepsHandles = keepsHandles
        self.eventBytesMax = eventBytesMax
        self.maxAgeSeconds = maxAgeSeconds
        self.retentionSeconds = retentionSeconds
        self.consent = consent
        self.projections = projections
        self.isInteractive = isInteractive
        self.isKey = isKey
        self.isLead = isLead
    }
}
