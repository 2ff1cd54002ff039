/// One webhook on its way to the app.
package struct WebhookDelivery: Sendable, Hashable {
    package var topic: String
    package var shop: String
    package var body: [UInt8]
    /// Of this delivery; `X-Shopify-Webhook-Id`.
    package var webhookID: String
    /// Of the merchant's action, shared by all deliveries it causes; `X-Shopify-Event-Id`.
    package var eventID: String
    /// Unix milliseconds.
    package var triggeredAt: Int64
    /// Where it goes.
    package var address: String

    /// A delivery with ids of its own.
    package init(
        topic: String, shop: String, payload: WireValue, address: String, triggeredAt: Int64, eventID: String? = nil
    ) {
        self.topic = topic
        self.shop = shop
        body = payload.json()
        self.address = address
        self.triggeredAt = triggeredAt
        webhookID = StandInState.randomName()
        self.eventID = eventID ?? StandInState.randomName()
    }

    /// Headers as Shopify sends them (shopify.md, section 4.1).
    package func headers(_ signer: ShopifySigner, version: String) -> [(String, String)] {
        [
            ("Content-Type", "application/json"), ("X-Shopify-Topic", topic), ("X-Shopify-Shop-Domain", shop),
            ("X-Shopify-Hmac-Sha256", signer.webhookSignature(body)), ("X-Shopify-API-Version", version),
            ("X-Shopify-Webhook-Id", webhookID), ("X-Shopify-Event-Id", eventID),
            ("X-Shopify-Triggered-At", ShopTime.precise(triggeredAt)), ("User-Agent", "Shopify-Captain-Hook"),
        ]
    }
}

/// How deliveries are made: Shopify promises neither order nor that each comes once.
package struct DeliveryHabits: Sendable, Hashable {
    /// Tries after a failure; Shopify's 8 over 4 hours come here at once.
    package var retries = 8
    /// How often each is delivered though it was taken.
    package var copies = 1
    /// Whether a copy has a webhook id of its own; sources disagree, so both must do.
    package var copiesShareID = true
    /// Deliveries come in another order, the same for the same seed.
    package var shuffleSeed: UInt64?

    package init() {}
}

/// What became of a delivery.
package struct DeliveryOutcome: Sendable, Hashable {
    package var delivery: WebhookDelivery
    /// The last status, 0 where no answer came.
    package var status: Int
    package var tries: Int
    /// 200 to 299.
    package var isTaken: Bool { (200..<300).contains(status) }
}
