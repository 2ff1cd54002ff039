internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

extension StandIn {
    /// An answer later than this is a failure, as with Shopify.
    private static let answerSeconds: Int64 = 5

    /// Sends deliveries and waits for their answers; what fails is tried again, with the same body and ids.
    package func deliver(
        _ deliveries: [WebhookDelivery], habits: DeliveryHabits = .init()
    ) async -> [DeliveryOutcome] {
        var queue = deliveries.flatMap { delivery in
            (0..<max(1, habits.copies)).map { copy in
                var delivery = delivery
                if copy > 0, !habits.copiesShareID { delivery.webhookID = StandInState.randomName() }
                return delivery
            }
        }
        if let seed = habits.shuffleSeed {
            var random = SplitMix(seed: seed)
            queue.shuffle(using: &random)
        }
        var outcomes: [DeliveryOutcome] = []
        let client = HTTPClient(configuration: Self.clientConfiguration)
        for delivery in queue { outcomes.append(await deliver(delivery, retries: habits.retries, client)) }
        // Every answer has been read; a client that cannot end has nothing left to lose.
        try? await client.shutdown()
        return outcomes
    }

    /// Sends one payload to one address, as if a subscription were there.
    @discardableResult
    package func deliver(
        _ topic: String, _ payload: WireValue, to address: String, shop: String, eventID: String? = nil,
        habits: DeliveryHabits = .init()
    ) async -> [DeliveryOutcome] {
        let delivery = WebhookDelivery(
            topic: topic, shop: shop, payload: payload, address: address, triggeredAt: configuration.nowMillis(),
            eventID: eventID)
        return await deliver([delivery], habits: habits)
    }

    /// Deliveries of one merchant's action to every subscription there is for its topics, of the shop and of the app.
    package func deliveries(_ payloads: [(topic: String, payload: WireValue)], shop: String) -> [WebhookDelivery] {
        let eventID = StandInState.randomName()
        let now = configuration.nowMillis()
        let own = subscriptions(shop)
        return payloads.flatMap { topic, payload in
            let addresses =
                own.filter { $0.deliveryTopic == topic }.map(\.uri)
                + configuration.appSubscriptions.filter { $0.topic == topic }.map(\.uri)
            return addresses.map { address in
                WebhookDelivery(
                    topic: topic, shop: shop, payload: payload, address: local(address), triggeredAt: now,
                    eventID: eventID)
            }
        }
    }

    /// Tells every subscriber, see `deliveries`.
    @discardableResult
    package func fire(
        _ payloads: [(topic: String, payload: WireValue)], shop: String, habits: DeliveryHabits = .init()
    ) async -> [DeliveryOutcome] {
        await deliver(deliveries(payloads, shop: shop), habits: habits)
    }

    /// Says where deliveries to the app's public address really go, for an app that starts after the stand-in.
    package func leads(_ public: String, to local: String) { state.withLock { $0.appAddress = (`public`, local) } }

    /// The app's public address replaced by where it really is.
    private func local(_ address: String) -> String {
        guard let app = state.withLock({ $0.appAddress }) else { return address }
        if address.hasPrefix("/") { return app.local + address }
        return address.hasPrefix(app.public) ? app.local + address.dropFirst(app.public.count) : address
    }

    /// A redirect counts as a failure with Shopify, so none is followed.
    private static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        return configuration
    }

    private func deliver(_ delivery: WebhookDelivery, retries: Int, _ client: HTTPClient) async -> DeliveryOutcome {
        var outcome = DeliveryOutcome(delivery: delivery, status: 0, tries: 0)
        while outcome.tries <= retries, !outcome.isTaken {
            outcome.tries += 1
            var request = HTTPClientRequest(url: delivery.address)
            request.method = .POST
            for (name, value) in delivery.headers(signer, version: configuration.version) {
                request.headers.add(name: name, value: value)
            }
            request.body = .bytes(ByteBuffer(bytes: delivery.body))
            do {
                let answer = try await client.execute(request, timeout: .seconds(Self.answerSeconds))
                outcome.status = Int(answer.status.code)
            } catch {
                outcome.status = 0
            }
        }
        return outcome
    }
}
