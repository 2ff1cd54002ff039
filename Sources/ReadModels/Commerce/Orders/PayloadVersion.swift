internal import EventModel
internal import Pipelines
internal import Privacy

/// Tells which of two payloads of one resource is newer, whatever came first: the resource's own time, then how much
/// the payload is worth, then what it says. Arrival plays no part, and those that say the same are equal.
struct PayloadVersion: Hashable, Comparable {
    /// `updated_at`, else the event's time; Unix milliseconds.
    var time: Int64 = .min
    /// Of payloads of one second a creation is the oldest, and a webhook tells more than what was fetched. Of two
    /// webhooks the one that Shopify triggered later is newer: the kind is in the upper bits, the instant below.
    var rank: Int64 = 0
    /// The one with more members hides nothing that the other one says.
    var members: Int64 = 0
    /// Of the payload: `high` of its text, `low` of the keyed hashes by which what is sealed in it shows.
    var content = Key128.zero

    /// Bits of an instant in milliseconds, as in `EventKey`.
    private static let instantBits: Int64 = 48
    /// The gateway brings back what is stated further ahead of its clock (its `EventTime`).
    private static let aheadMillisMax: Int64 = 5 * 60_000

    init() {}

    init(_ event: EventFacts, _ document: CommerceDocument, updatedAt: Int64?) {
        time = updatedAt ?? event.order.time
        let kind: Int64 = document.source == .history ? 1 : document.topic.hasSuffix("/create") ? 0 : 2
        rank = kind << Self.instantBits + Self.triggered(event)
        members = Int64(document.root.members.count)
        let handles = document.handles.flatMap { [$0.kind.rawValue] + $0.hash.bytes }
        let bytes = document.tree.bytes
        content = Key128(high: Checksum.xxh64(bytes.span), low: Checksum.xxh64(handles.span))
    }

    /// The same without the people, for what an erasure leaves as it is.
    var ofNobody: PayloadVersion {
        var version = self
        version.content = Key128(high: content.high, low: 0)
        return version
    }

    /// `X-Shopify-Triggered-At` in milliseconds, which is a webhook's own time in the log. 0 where that is the
    /// gateway's clock, since nothing else was stated or it was too far ahead: deliveries come in any order.
    private static func triggered(_ event: EventFacts) -> Int64 {
        let (at, receivedAt) = (event.order.time, event.receivedAt)
        let isStated = event.source == .webhook && at != receivedAt && at < receivedAt + aheadMillisMax
        return isStated && (0..<1 << instantBits).contains(at) ? at : 0
    }

    static func < (left: PayloadVersion, right: PayloadVersion) -> Bool {
        if left.time != right.time { return left.time < right.time }
        if left.rank != right.rank { return left.rank < right.rank }
        if left.members != right.members { return left.members < right.members }
        return left.content < right.content
    }
}
