/// Writes the HTTP requests of deliveries. Pure: the same delivery is the same bytes.
struct RequestWriter: Sendable {
    let world: ShopWorld
    let calendar: ShopCalendar
    let options: SimulationOptions

    /// A request with events of one visit; they share a visitor, a browser and an address.
    func pixel(
        _ session: PlannedSession, events: [Int], envelope: Delivery.Envelope, isAltered: Bool
    ) -> OutgoingRequest {
        let renderer = PixelRenderer(world: self.world, session: session)
        let list = events.map { renderer.event($0, isAltered: isAltered) }
        let body =
            switch envelope {
            case .single: list.joined()
            case .array: JSONText.array(list)
            case .object: "{\"events\":\(JSONText.array(list))}"
            }
        let query = self.options.isVerbose ? "?verbose=1" : ""
        var headers = self.browserHeaders(session)
        switch session.number % 10 {
        case 0..<5: headers.append(("Content-Type", "text/plain;charset=UTF-8"))
        case 5..<9: headers.append(("Content-Type", "application/json"))
        default: break
        }
        // The sandbox of a custom pixel has an opaque origin.
        headers.append(("Origin", session.number % 3 == 0 ? self.world.origin : "null"))
        return OutgoingRequest(
            path: "/v1/pixel/\(self.options.accountID)\(query)", headers: headers, body: Array(body.utf8))
    }

    /// A webhook as Shopify delivers it; `copy` 1 is a redelivery, 2 comes by a second subscription.
    func webhook(_ webhook: PlannedWebhook, body text: String, copy: Int) -> OutgoingRequest {
        let body = Array(text.utf8)
        let number = UInt64(webhook.number) &* 4 &+ (copy == 2 ? 1 : 0)
        let triggered = ClockText.utc(webhook.time).dropLast() + "456789Z"
        return OutgoingRequest(
            path: "/webhooks",
            headers: [
                ("Content-Type", "application/json"),
                ("X-Shopify-Topic", webhook.topic.rawValue),
                ("X-Shopify-Hmac-Sha256", self.options.signWebhook(body)),
                ("X-Shopify-Shop-Domain", self.world.options.shop),
                ("X-Shopify-API-Version", "2026-07"),
                ("X-Shopify-Webhook-Id", self.world.uuid(IDKind.webhook, number)),
                ("X-Shopify-Event-Id", self.world.uuid(IDKind.webhookEvent, UInt64(webhook.action))),
                ("X-Shopify-Triggered-At", String(triggered)),
            ],
            body: body)
    }

    /// The body of a webhook about an order, a refund or a customer.
    func body(of topic: PlannedWebhook.Topic, _ order: PlannedOrder, isRefunded: Bool) -> String {
        let renderer = WebhookRenderer(world: self.world, calendar: self.calendar)
        switch topic {
        case .customersCreate: return renderer.customer(order)
        case .refundsCreate: return order.refund.map { renderer.refund(order, $0) } ?? "{}"
        default: return renderer.order(order, isRefunded: isRefunded)
        }
    }

    /// The body of a webhook about a cart or a checkout.
    func body(of webhook: PlannedWebhook, _ session: PlannedSession) -> String {
        let renderer = WebhookRenderer(world: self.world, calendar: self.calendar)
        switch webhook.subject {
        case .cart(_, let snapshot): return renderer.cart(session, snapshot: snapshot, at: webhook.time)
        case .checkout(_, let snapshot, let isKnown):
            return renderer.checkout(session, snapshot: snapshot, isKnown: isKnown, at: webhook.time)
        case .order: return "{}"
        }
    }

    /// What the shopper's browser and the proxy before the gateway add.
    func browserHeaders(_ session: PlannedSession) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        switch self.options.addressing {
        case .forwardedFor:
            headers.append(("User-Agent", session.agent.userAgent))
            headers.append(("X-Forwarded-For", session.address))
        case .userAgentSuffix:
            headers.append(("User-Agent", "\(session.agent.userAgent) Visitor/\(session.visitor)"))
        }
        if let country = self.world.options.countryHeader { headers.append((country, session.place.country)) }
        return headers
    }
}
