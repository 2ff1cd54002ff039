internal import EventModel

/// Tells which of two payloads of one resource is newer, whatever came first: the resource's own time, then how much the
/// payload is worth, then the event's identity, so that no two compare equal and arrival plays no part.
struct PayloadVersion: Hashable, Comparable {
    /// `updated_at`, else the event's time; Unix milliseconds.
    var time: Int64 = .min
    /// Of payloads of one second a creation is the oldest, and a webhook tells more than what was fetched.
    var rank: Int64 = 0
    /// The one with more members hides nothing that the other one says.
    var members: Int64 = 0
    /// The event.
    var identity = Key128.zero

    init() {}

    init(_ event: EventFacts, _ document: CommerceDocument, updatedAt: Int64?) {
        time = updatedAt ?? event.order.time
        rank = document.source == .history ? 1 : document.topic.hasSuffix("/create") ? 0 : 2
        members = Int64(document.root.members.count)
        identity = event.order.identity
    }

    static func < (left: PayloadVersion, right: PayloadVersion) -> Bool {
        if left.time != right.time { return left.time < right.time }
        if left.rank != right.rank { return left.rank < right.rank }
        if left.members != right.members { return left.members < right.members }
        return left.identity < right.identity
    }
}
