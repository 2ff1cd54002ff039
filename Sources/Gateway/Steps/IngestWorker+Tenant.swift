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
        if !exchange.isSecondTry, gateway.tenants.mayLookUp(nowMillis: exchange.nowMillis) {
            return .stop(.lookUp(key))
        }
        return .stop(.answer(refuse(.unknownTenant, isCrossOrigin: true)))
    }

    /// Step `limits`: one request of this shop and this address more.
    func limit(_ tenant: Tenant, _ exchange: Exchange) -> Step<RateState> {
        let limits = gateway.configuration.limits
        let address = exchange.address
        // Programs on this machine are the operator's own.
        if !address.isLoopback, address != .unknown {
            let decision = gateway.limiter.take(
                .address(address), limit: limits.addressRate, nowMillis: exchange.nowMillis)
            if !decision.isAllowed { return overLimit(tenant, .address, limits.addressRate, decision) }
        }
        let decision = gateway.limiter.take(.shop(tenant.id), limit: limits.shopRate, nowMillis: exchange.nowMillis)
        if !decision.isAllowed { return overLimit(tenant, .shop, limits.shopRate, decision) }
        return .done(RateState(policy: .shop, limit: limits.shopRate, decision: decision))
    }

    private func overLimit(
        _ tenant: Tenant, _ policy: RateState.StaticPolicy, _ limit: RateLimit, _ decision: RateDecision
    ) -> Step<RateState> {
        var answer = refuse(.rateLimited(retryAfterSeconds: decision.retryAfterSeconds), tenant: tenant)
        answer.rate = RateState(policy: policy, limit: limit, decision: decision)
        return .stop(.answer(answer))
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
        metrics.countRefused(reason, events)
        gateway.buffer.tally(reason, shop: tenant.id, lane: tenant.lane, count: events)
    }
}
