internal import Cryptography
internal import EventModel
internal import Pipelines
internal import Privacy

extension IngestWorker {
    /// A delivery of Shopify's. What was signed is answered 200 even where it is of no use, because refusals make
    /// Shopify try again and in the end drop the subscription.
    func acceptWebhook(_ exchange: Exchange, body: Span<UInt8>) -> IngestDecision {
        let fields = exchange.request.fields.webhook ?? WebhookFields()
        if !fields.isVerified, let refusal = refusalOfSignature(exchange.request, body) { return .answer(refusal) }
        guard body.count <= gateway.configuration.limits.webhookBytesMax else {
            return .answer(refuse(.bodyTooLarge(gateway.configuration.limits.webhookBytesMax), isCrossOrigin: false))
        }
        guard let topic = fields.topic, !topic.isEmpty else {
            return .answer(refuse(.missingWebhookField("X-Shopify-Topic"), isCrossOrigin: false))
        }
        guard let shop = fields.shop?.lowercased(), !shop.isEmpty else {
            return .answer(refuse(.missingWebhookField("X-Shopify-Shop-Domain"), isCrossOrigin: false))
        }
        let tenant: Tenant?
        switch self.tenant(.domain(shop), exchange) {
        case .done(let found): tenant = found
        case .stop(.answer) where WebhookTopic.isCompliance(topic): tenant = nil
        case .stop(let decision): return decision
        }
        // The signature covers the body only: topic and shop are checked by what the body says.
        let addressee = WebhookTopic.Addressee(domain: shop, shopifyID: tenant?.shopifyID)
        guard WebhookTopic.fits(body, topic: topic, to: addressee, &scanner) else {
            return .answer(refuse(.badSignature, isCrossOrigin: false))
        }
        guard let tenant else { return .answer(.ok) }
        metrics.countReceived(1)
        guard tenant.isActive || WebhookTopic.isCompliance(topic) else {
            account(.uninstalled, tenant: tenant, events: 1)
            return .answer(.ok)
        }
        takeWebhook(exchange, fields, topic: topic, tenant, body)
        return append(exchange, tenant: tenant, answer: .ok)
    }

    private func takeWebhook(
        _ exchange: Exchange, _ fields: WebhookFields, topic: String, _ tenant: Tenant, _ body: Span<UInt8>
    ) {
        let shop = shops.state(of: tenant, gateway: gateway)
        scratch.name = Array(topic.utf8)
        let content = shop.context.contentHash(body)
        var identity = webhookIdentity(fields, topic: topic, shop.context, body, content, exchange.nowMillis)
        do {
            try scanner.scan(body, pointers: gateway.pipelines.webhook.pointers)
            storeWebhook(&identity, fields, shop, body, 0..<body.count, exchange.nowMillis)
        } catch {
            // Signed, so Shopify's, and no JSON: nothing in it can be found personal or not, so only its size is kept.
            storeStandIn(bytes: body.count, &identity, fields, shop, exchange.nowMillis)
        }
        _ = remember(identity.aliases.first ?? identity.key, content: content)
    }

    private func storeStandIn(
        bytes count: Int, _ identity: inout EncodedIdentity, _ fields: WebhookFields, _ shop: ShopState,
        _ nowMillis: Int64
    ) {
        let text = Array("{\"undecodable\":true,\"bytes\":\(count)}".utf8)
        let body = text.span
        do {
            try scanner.scan(body, pointers: gateway.pipelines.webhook.pointers)
        } catch {
            preconditionFailure("what is written here is JSON")
        }
        storeWebhook(&identity, fields, shop, body, 0..<body.count, nowMillis)
    }

    private func storeWebhook(
        _ identity: inout EncodedIdentity, _ fields: WebhookFields, _ shop: ShopState, _ body: Span<UInt8>,
        _ range: Range<Int>, _ nowMillis: Int64
    ) {
        let pipeline = gateway.pipelines.webhook
        let matches = 0..<scanner.matches.count
        pipeline.collect(scanner.matches[matches], into: &scratch.fields)
        let definition = pipeline.definition(for: scratch.name.span)
        var time = EventTime(stated: fields.triggeredAt.flatMap { Timestamp.parse($0) }, nowMillis: nowMillis)
        // When the shop was last changed says nothing of when it removed the app.
        if time.statedMillis == nil, scratch.name != WebhookTopic.uninstalled {
            time = EventTime(body, scratch.fields[.time], nowMillis: nowMillis)
        }
        // A delivery is never refused for its age: what its body says happened long ago is delivered now.
        if time.isOlder(than: definition.maxAgeSeconds, nowMillis: nowMillis) {
            time = EventTime(stated: nil, nowMillis: nowMillis)
        }
        identity.occurredAt = time.occurredAt
        identity.flags = time.flags
        let raw = RawEvent(
            range: range, matches: matches, fields: scratch.fields, definition: definition, key: identity.key,
            receivedAt: nowMillis, origin: nil)
        store(raw, identity, shop, Visit(nobody: nowMillis), body, cleaner: webhookCleaner)
    }

    /// The delivery's identities. Whether retries keep their webhook id is not certain, so the event's id with the same
    /// bytes is one too; a delivery that names neither is known by its bytes.
    private func webhookIdentity(
        _ fields: WebhookFields, topic: String, _ shop: ShopContext, _ body: Span<UInt8>, _ content: UInt64,
        _ nowMillis: Int64
    ) -> EncodedIdentity {
        func hash(_ kind: IdentityBytes.Kind, _ parts: [String], _ bytes: Span<UInt8>) -> Key128 {
            var identity = IdentityBytes()
            identity.begin(kind)
            for part in [topic] + parts { identity.add(part) }
            identity.add(bytes)
            return identity.hash(shop)
        }
        let bodyHash = shop.content.of(body)
        let digest = Key128(high: bodyHash.high, low: bodyHash.low).bytes
        var aliases: [Key128] = []
        if let id = fields.webhookID, !id.isEmpty { aliases.append(hash(.webhookDelivery, [id], Span())) }
        if let id = fields.eventID, !id.isEmpty { aliases.append(hash(.webhookEvent, [id], digest.span)) }
        if aliases.isEmpty { aliases.append(hash(.webhookEvent, [], digest.span)) }
        let key = hash(.webhookKey, [fields.webhookID ?? "", fields.eventID ?? ""], digest.span)
        return EncodedIdentity(
            source: .webhook, key: EventKey.make(timeMillis: nowMillis, hash: key), content: content,
            occurredAt: nowMillis, aliases: aliases, delivery: fields.webhookID.flatMap { Key128(uuid: $0) } ?? .zero)
    }
}
