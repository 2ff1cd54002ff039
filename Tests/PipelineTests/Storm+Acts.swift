import Foundation
import Synchronization

/// What people do, and what the truth keeps of it.
extension Storm {
    func perform(_ act: StormPlan.Act, _ shop: StormShop) async throws {
        switch act {
        case .visit(let number, let order): try await visit(person(number), order, shop)
        case .order(let number, let order, let version):
            try await self.order(person(number), order, version, shop)
        case .customer(let number): try await customer(person(number), shop)
        case .lead(let number): try await lead(person(number), shop)
        case .form(let number): try await form(person(number), shop)
        case .erase(let number, let naming, let orders):
            try await erase(act, person(number), naming, orders, shop)
        case .access(let number): try await access(person(number), shop)
        case .rebuild(let name): try await shop.deployment.succeed(["projections", "rebuild", name])
        }
    }

    private func probe() -> String { truth.withLock { "probe-\($0.next())" } }

    private func visit(_ shopper: MarkedShopper, _ order: Int64, _ shop: StormShop) async throws {
        let minute = time(of: shopper.client)
        var sent: [StormTruth.Sent] = []
        var events: [[String: Any]] = []
        for var event in shopper.visit(order: order, from: minute) {
            let name = event["name"] as? String ?? ""
            var traits: Set<StormTruth.Trait> = [.email]
            if name == "checkout_started" { traits.insert(.phone) }
            if name == "checkout_completed" { traits.formUnion([.phone, .customer, .order(order)]) }
            var note = self.note(&event, shopper, name, traits, client: shopper.client)
            note.isVisit = name == "page_viewed"
            sent.append(note)
            events.append(event)
        }
        try await shop.pixel(events)
        truth.withLock { $0.take(sent) }
    }

    private func form(_ shopper: MarkedShopper, _ shop: StormShop) async throws {
        let minute = time(of: shopper.client)
        var event: [String: Any] = [
            "id": "form-\(shopper.tag)-\(minute)", "name": "form_submitted", "clientId": shopper.client,
            "type": "standard", "timestamp": MarkedShopper.time(minute),
            "data": ["element": ["id": "f", "elements": [["name": "who", "value": shopper["typed"]]]]],
            "context": ["document": ["location": ["href": "https://\(StormShop.domain)/form"]]],
        ]
        var note = self.note(&event, shopper, "form_submitted", [], client: shopper.client)
        note.isVisit = true
        try await shop.pixel([event])
        truth.withLock { [note] in $0.take([note]) }
    }

    private func order(
        _ shopper: MarkedShopper, _ order: Int64, _ version: Int, _ shop: StormShop
    ) async throws {
        let topic = version == 1 ? "orders/create" : "orders/updated"
        var payload = shopper.order(order, street: shopper["street"], at: 4)
        payload["updated_at"] = MarkedShopper.time(4 + version)
        try await webhook(
            topic, &payload, shopper, [.customer, .email, .phone, .order(order)], client: shopper.client, shop)
    }

    private func customer(_ shopper: MarkedShopper, _ shop: StormShop) async throws {
        var payload = shopper.created()
        try await webhook("customers/create", &payload, shopper, [.customer, .email, .phone], client: nil, shop)
    }

    private func webhook(
        _ topic: String, _ payload: inout [String: Any], _ shopper: MarkedShopper, _ traits: Set<StormTruth.Trait>,
        client: String?, _ shop: StormShop
    ) async throws {
        let note = self.note(&payload, shopper, topic, traits, client: client)
        try await shop.webhook(topic, payload, id: note.probe)
        truth.withLock { $0.take([note]) }
    }

    private func lead(_ shopper: MarkedShopper, _ shop: StormShop) async throws {
        // A browser of its own: a visit that an erasure cuts in two would be two.
        let client = "lead-\(probe())"
        var lead = shopper.lead(session: "")
        lead["timestamp"] = MarkedShopper.time(1)
        var note = self.note(&lead, shopper, "lead", [.email, .phone], client: client)
        lead["id"] = note.probe
        note.isVisit = true
        try await shop.lead(lead, client: client, at: MarkedShopper.time(0))
        truth.withLock { [note] in $0.take([note]) }
    }

    /// Gives an event its probe, and says what is in it.
    private func note(
        _ event: inout [String: Any], _ shopper: MarkedShopper, _ name: String, _ traits: Set<StormTruth.Trait>,
        client: String?
    ) -> StormTruth.Sent {
        let probe = probe()
        event["probe"] = probe
        // What is a dictionary of texts and numbers is JSON.
        let text = (try? JSONSerialization.data(withJSONObject: event)).map { String(decoding: $0, as: UTF8.self) }
        return StormTruth.Sent(
            probe: probe, person: shopper.number, name: name, traits: traits, client: client,
            markers: Set(shopper.markers.values.filter { text?.contains($0) ?? false }))
    }

    // MARK: Requests

    private func erase(
        _ act: StormPlan.Act, _ shopper: MarkedShopper, _ naming: StormPlan.Naming, _ orders: [Int64]?,
        _ shop: StormShop
    ) async throws {
        let named = Self.named(naming)
        let traits = named.union((orders ?? []).map { .order($0) })
        let asked = truth.withLock { $0.request(act, shopper.number, naming: traits, orders: orders.map(Set.init)) }
        if naming == .api {
            let body: [String: Any] = ["kind": "erasure", "customer": Self.customer(shopper, named)]
            _ = try await shop.post("/api/privacy/requests", body, expecting: [202])
        } else {
            try await request("customers/redact", shopper, named, ["orders_to_redact": orders ?? []], shop)
        }
        truth.withLock { $0.take(asked) }
    }

    private func access(_ shopper: MarkedShopper, _ shop: StormShop) async throws {
        try await request(
            "customers/data_request", shopper, Self.named(.everything),
            ["orders_requested": [Int64](), "data_request": ["id": 4711]], shop)
    }

    private func request(
        _ topic: String, _ shopper: MarkedShopper, _ named: Set<StormTruth.Trait>, _ more: [String: Any],
        _ shop: StormShop
    ) async throws {
        var payload = more
        payload["shop_id"] = 1
        payload["shop_domain"] = StormShop.domain
        payload["customer"] = Self.customer(shopper, named)
        var note = self.note(&payload, shopper, topic, named, client: nil)
        // The first of them owns the key under which the request itself is sealed.
        note.owner = [.customer, .email, .phone].first { named.contains($0) } ?? .customer
        try await shop.webhook(topic, payload, id: note.probe)
        truth.withLock { [note] in $0.take([note]) }
    }

    private static func named(_ naming: StormPlan.Naming) -> Set<StormTruth.Trait> {
        switch naming {
        case .everything: [.customer, .email, .phone]
        case .customer, .api: [.customer]
        case .email: [.email]
        case .phone: [.phone]
        case .orders: []
        }
    }

    private static func customer(_ shopper: MarkedShopper, _ named: Set<StormTruth.Trait>) -> [String: Any] {
        var customer: [String: Any] = [:]
        if named.contains(.customer) { customer["id"] = Int64(shopper["customer"]) ?? 0 }
        if named.contains(.email) { customer["email"] = shopper["email"] }
        if named.contains(.phone) { customer["phone"] = shopper["phone"] }
        return customer
    }
}
