import EventModel
import Pipelines
import Postgres
import Privacy
import ReadModels

/// People of a shop whose every handle is a number of its own, and what they do.
struct ErasureShoppers {
    var random: SplitMix
    let count: Int
    /// Handles for which nothing is sealed any more, as the gateway's fence holds them.
    var fence: Set<Handle> = []

    init(seed: UInt64, count: Int = 6) {
        self.random = SplitMix(seed)
        self.count = count
    }

    static let start = Timestamp.parse("2026-03-01T00:00:00Z") ?? 0

    /// Looks like a keyed hash: nothing else in the tables has these bits.
    static func hash(_ kind: HandleKind, _ person: Int) -> UInt64 {
        var mixed = SplitMix(UInt64(kind.rawValue) << 32 | UInt64(person))
        return mixed.next() | 1 << 63
    }

    static func handle(_ kind: HandleKind, _ person: Int) -> Handle {
        let word = hash(kind, person)
        return Handle(kind: kind, hash: Key128(high: word, low: word))
    }

    /// All handles of a person; orders are numbered by person.
    static func handles(of person: Int, _ kinds: [HandleKind] = [.customer, .email, .phone, .client]) -> [Handle] {
        kinds.map { handle($0, person) } + (0..<ordersMax).map { handle(.order, person * ordersMax + $0) }
    }

    static let ordersMax = 4

    /// What the sealed part names; nothing when one of them is fenced.
    private func named(_ handles: [Handle]) -> [(HandleKind, UInt64)] {
        let counted: Set<HandleKind> = [.customer, .email, .phone, .order]
        if handles.contains(where: { counted.contains($0.kind) && fence.contains($0) }) { return [] }
        return handles.map { ($0.kind, $0.hash.high) }
    }

    /// The next thing that somebody does, at a time around `minute`.
    mutating func event(_ minute: Int) -> ShopEvent {
        let person = Int.random(in: 0..<count, using: &random)
        let at = Self.start + Int64(minute) * 60_000 + Int64.random(in: 0..<3_600_000, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: return order(person, at)
        case 2: return customer(person, at)
        case 3: return lead(person, at)
        case 4: return checkout(person, at)
        case 5: return page(person, at, .customer)
        default: return page(person, at, .client)
        }
    }

    mutating func order(_ person: Int, _ at: Int64) -> ShopEvent {
        let number = person * Self.ordersMax + Int.random(in: 0..<Self.ordersMax, using: &random)
        var order = OrderPayload(
            id: Int64(1000 + number), updated: Timestamp.text(at),
            processed: Timestamp.text(Self.start + Int64(number) * 600_000))
        order.lines = [.init(id: number * 10 + 1, price: "\(number + 1).00")]
        order.totalPrice = "\(number + 1).00"
        var event = order.event(Bool.random(using: &random) ? "orders/create" : "orders/updated")
        // Every third order is a guest's, known by e-mail only.
        let who: [HandleKind] = number % 3 == 0 ? [.email, .client] : [.customer, .email, .phone, .client]
        event.handles = named([Self.handle(.order, number)] + who.map { Self.handle($0, person) })
        event.body.removeLast()
        event.body += ",\"test_case\":\(event.handles.count)}"
        event.time = at
        return event
    }

    private func customer(_ person: Int, _ at: Int64) -> ShopEvent {
        ShopEvent(
            name: "customers/update",
            body: """
                {"id":{"sealed":true},"state":"enabled","currency":"USD","tags":"vip","created_at":"\(Timestamp.text(at))",\
                "test_case":\(person),"updated_at":"\(Timestamp.text(at))","email_marketing_consent":{"state":\
                "subscribed","consent_updated_at":"\(Timestamp.text(at))"}}
                """, time: at,
            handles: named([HandleKind.customer, .email, .phone].map { Self.handle($0, person) }))
    }

    private func lead(_ person: Int, _ at: Int64) -> ShopEvent {
        ShopEvent(
            name: "lead", body: "{\"id\":\"lead-\(person)-\(at)\",\"consent\":{\"marketing\":true}}", source: .widget,
            time: at,
            handles: named([HandleKind.email, .phone, .client].map { Self.handle($0, person) }),
            visitor: (.client, Self.handle(.client, person).hash))
    }

    private func checkout(_ person: Int, _ at: Int64) -> ShopEvent {
        var event = CartsProjectionTests.checkout("t\(person)", cart: nil, Double(at - Self.start) / 3_600_000)
        event.handles = named([Self.handle(.email, person), Self.handle(.checkout, person)])
        event.time = at
        return event
    }

    private func page(_ person: Int, _ at: Int64, _ kind: VisitorKind) -> ShopEvent {
        let visitor: Handle = Self.handle(kind == .client ? .client : .customer, person)
        return ShopEvent(
            name: "page_viewed",
            body: """
                {"id":"\(kind)-\(person)-\(at)","name":"page_viewed","data":{},"context":{"document":{"location":\
                {"href":"https://shop.example/p\(person)","host":"shop.example","pathname":"/p\(person)"}}}}
                """, source: .pixel, time: at, visitor: (kind, visitor.hash))
    }

    /// The tombstone of a person, as it is recorded.
    static func tombstone(_ handles: [Handle], request: UInt64, sequence: Int = 1) -> ShopEvent {
        let list = handles.map { "{\"kind\":\($0.kind.rawValue),\"hash\":\"\($0.hash.hex)\"}" }
        return ShopEvent(
            name: "privacy.erased",
            body: """
                {"request":"\(Key128(high: request, low: 1).uuid)","sequence":\(sequence),\
                "handles":[\(list.joined(separator: ","))]}
                """, source: .system, time: start)
    }

    static func shopRedacted(request: UInt64) -> ShopEvent {
        ShopEvent(
            name: "shop.redacted", body: "{\"request\":\"\(Key128(high: request, low: 2).uuid)\"}", source: .system,
            time: start)
    }
}
