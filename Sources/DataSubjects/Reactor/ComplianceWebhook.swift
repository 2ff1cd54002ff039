internal import Cryptography
internal import EventModel
internal import Pipelines
internal import Postgres
internal import Privacy
internal import ReadModels

/// Reads one of Shopify's three compliance webhooks out of the log. Whose data it is about stands in the sealed head as
/// keyed hashes, so it is understood also when its own values were erased by an equal request before it.
///
/// Source: shopify.dev, privacy law compliance: `customers/data_request` with `orders_requested` and `data_request.id`,
/// `customers/redact` with `orders_to_redact`, `shop/redact`.
struct ComplianceWebhook {
    /// The three topics.
    enum Topic: String, CaseIterable {
        case dataRequest = "customers/data_request"
        case redact = "customers/redact"
        case shopRedact = "shop/redact"

        var kind: SubjectRequestKind {
            switch self {
            case .dataRequest: .access
            case .redact: .erasure
            case .shopRedact: .shopErasure
            }
        }
    }

    let topic: Topic
    let event: PersonEvents.Opened

    /// Nil for another event.
    init?(_ event: PersonEvents.Opened) {
        guard let topic = Topic(rawValue: event.name) else { return nil }
        self.topic = topic
        self.event = event
    }

    /// The request that it makes; the same one each time.
    func request(_ shop: ShopKey, domain: String, context: ShopContext) -> SubjectRequest {
        // What is no JSON would not have passed the gateway; it would name nobody.
        let root = event.payload.flatMap { try? JSONTree($0).root }
        let listed = root?[topic == .dataRequest ? "orders_requested" : "orders_to_redact"]
        let isList = listed.map { !$0.isNull } ?? false
        let orders = isList ? (listed?.elements ?? []).compactMap(\.id) : []
        let named = event.handles.filter { [.customer, .email, .phone].contains($0.kind) }
        return SubjectRequest(
            id: id(shop.lane), shop: shop, domain: domain, kind: topic.kind, origin: .webhook,
            asked: topic == .shopRedact ? [] : named + orders.compactMap { context.handle(.order, String($0)) },
            // A list that is missing forbids nothing; Shopify always sends one.
            orders: topic == .redact && isList ? .listed : .all, askedAt: event.header.receivedAt,
            reference: root?["data_request"]?["id"]?.id.map(String.init), position: event.position)
    }

    /// The phone as it was written; nil where none is, or it cannot be read any more.
    var phone: String? {
        guard event.isReadable, topic != .shopRedact else { return nil }
        return event.payload.flatMap { try? JSONTree($0).root }?["customer"]?["phone"]?.text  // no JSON names nobody
    }

    /// The number of the request that the event makes. Of its place alone there may be two: behind a backup that is
    /// restored other events come, and the journal brings requests back by their numbers.
    func id(_ lane: Lane) -> Key128 {
        let words = "footfall request \(lane):\(event.position):\(event.header.key.uuid)"
        return Key128(bytes: SHA256.hash(Array(words.utf8)))
    }
}
