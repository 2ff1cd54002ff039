internal import EventModel

extension IngestWorker {
    /// The step that failed, as an answer; or what it found.
    enum Step<Value> {
        case done(Value)
        case stop(IngestDecision)
    }

    /// Step `tenant`: the shop that a key names.
    func tenant(_ key: TenantKey, _ exchange: Exchange) -> Step<Tenant> {
        if let tenant = gateway.tenants.tenant(key) { return .done(tenant) }
        if exchange.isSecondTry { return .stop(.answer(refuse(.unknownTenant, isCrossOrigin: true))) }
        if let limited = limitAddress(exchange, tenant: nil) { return .stop(.answer(limited)) }
        if gateway.tenants.mayLookUp(nowMillis: exchange.nowMillis) { return .stop(.lookUp(key)) }
        return .stop(.answer(refuse(.unknownTenant, isCrossOrigin: true)))
    }

    /// Refuses a request that nobody known has signed; it counts against its address as any other.
    func refuseStranger(_ refusal: Refusal, _ exchange: Exchange) -> IngestAnswer {
        limitAddress(exchange, tenant: nil) ?? refuse(refusal, isCrossOrigin: true)
    }

    /// The answer to a delivery whose signature is not of `raw`, the body as it was sent; nil for one that is signed.
    /// Only those that are not count against their address, and where they were too many, no more are looked at: a
    /// signature over megabytes is work.
    func refusalOfSignature(_ request: IngestRequest, _ raw: Span<UInt8>) -> IngestAnswer? {
        let rate = gateway.configuration.limits.addressRate
        let nowMillis = gateway.clock()
        let key = limitedAddress(origin.address(of: request))
        if let key {
            let decision = gateway.limiter.look(key, limit: rate, nowMillis: nowMillis)
            if !decision.isAllowed { return overLimit(nil, .address, rate, decision) }
        }
        let signature = request.fields.webhook?.hmac
        if let signature, WebhookSignature.verifies(signature, body: raw, secrets: webhookSecrets) { return nil }
        if let key { _ = gateway.limiter.take(key, limit: rate, nowMillis: nowMillis) }
        return refuse(.badSignature, isCrossOrigin: false)
    }

    /// What a sender's requests are counted under; nil for one without a limit.
    private func limitedAddress(_ address: ClientAddress) -> RateKey? {
        let isOwn = address.isLoopback && !gateway.configuration.limits.limitsLoopback
        return isOwn || address == .unknown ? nil : .address(address)
    }

    /// Counts one request of this address more; the answer where it is one too many.
    private func limitAddress(_ exchange: Exchange, tenant: Tenant?) -> IngestAnswer? {
        guard let key = limitedAddress(exchange.address) else { return nil }
        let rate = gateway.configuration.limits.addressRate
        let decision = gateway.limiter.take(key, limit: rate, nowMillis: exchange.nowMillis)
        return decision.isAllowed ? nil : overLimit(tenant, .address, rate, decision)
    }

    /// Step `limits`: one request of this shop and this address more.
    func limit(_ tenant: Tenant, _ exchange: Exchange) -> Step<RateState> {
        if let limited = limitAddress(exchange, tenant: tenant) { return .stop(.answer(limited)) }
        let rate = gateway.configuration.limits.shopRate
        let decision = gateway.limiter.take(.shop(tenant.id), limit: rate, nowMillis: exchange.nowMillis)
        if !decision.isAllowed { return .stop(.answer(overLimit(tenant, .shop, rate, decision))) }
        return .done(RateState(policy: .shop, limit: rate, decision: decision))
    }

    private func overLimit(
        _ tenant: Tenant?, _ policy: RateState.StaticPolicy, _ limit: RateLimit, _ decision: RateDecision
    ) -> IngestAnswer {
        let refusal = Refusal.rateLimited(retryAfterSeconds: decision.retryAfterSeconds)
        var answer = tenant.map { refuse(refusal, tenant: $0) } ?? refuse(refusal, isCrossOrigin: false)
        answer.rate = RateState(policy: policy, limit: limit, decision: decision)
        return answer
    }

    /// Refuses a request of a known shop, and accounts for it.
    func refuse(_ refusal: Refusal, tenant: Tenant, events: Int = 1) -> IngestAnswer {
        if let reason = refusal.reason {
            metrics.countReceived(events)
            account(reason, tenant: tenant, events: events)
        }
        return refusal.answer(requestID: nextRequestID())
    }

    /// Counts refused events, here and for the shop's own accounting.
    func account(_ reason: DropReason, tenant: Tenant, events: Int) {
        account(reason, shop: tenant.id, lane: tenant.lane, events: events)
    }

    func account(_ reason: DropReason, shop: ShopID, lane: Lane, events: Int) {
        gateway.metrics.countRefused(reason, events)
        gateway.buffer.tally(reason, shop: shop, lane: lane, count: events)
    }
}
