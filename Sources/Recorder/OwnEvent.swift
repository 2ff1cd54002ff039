internal import EventModel

/// An event that Footfall makes itself, before it is cleaned and sealed.
package struct OwnEvent: Sendable, Equatable {
    /// Where such an event comes from.
    package enum Source: Sendable, Equatable {
        /// Read from Shopify's Admin API; has the name and the REST shape of the webhook that would have brought it, so
        /// that there is one reader and one rule of what is sealed.
        case history
        /// Footfall's own: what a reactor did. Its payload must not hold personal data; it is stored as it is.
        case system

        var eventSource: EventSource {
            switch self {
            case .history: .history
            case .system: .system
            }
        }
    }

    /// Where it comes from.
    package let source: Source
    /// A webhook's topic, or a name of `SystemEventName`. At most 255 bytes.
    package let name: String
    /// A JSON object.
    package let payload: [UInt8]
    /// When it happened, in milliseconds. A time more than five minutes ahead is clamped when the event is recorded.
    package let occurredAt: Int64
    /// What makes the event one and the same, however often it is recorded.
    ///
    /// Of system events the first of an identity stands, and one with another content is a conflict. Of history the
    /// content belongs to the identity: the same resource read again is a duplicate, a changed one is a new event. There
    /// `occurredAt` must follow from the resource, because repeats are found by it.
    package let identity: String

    /// An event; nothing is checked before it is recorded.
    package init(source: Source, name: String, payload: [UInt8], occurredAt: Int64, identity: String) {
        self.source = source
        self.name = name
        self.payload = payload
        self.occurredAt = occurredAt
        self.identity = identity
    }

    /// One of Footfall's own.
    package static func system(
        _ name: SystemEventName, payload: [UInt8], occurredAt: Int64, identity: String
    ) -> OwnEvent {
        OwnEvent(
            source: .system, name: name.rawValue, payload: payload, occurredAt: occurredAt, identity: identity)
    }
}
