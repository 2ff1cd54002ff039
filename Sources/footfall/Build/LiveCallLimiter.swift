internal import Endpoints
internal import Gateway
internal import HTTPTypes
internal import NIOCore

/// Limits of the API, by the token buckets of the way in; a limiter of its own, so that asking takes nothing from sending.
struct LiveCallLimiter: CallLimiter {
    let limiter: LocalRateLimiter
    let origin: ClientOrigin

    /// A page of the dashboard asks a dozen questions; programs that follow lists ask as fast as they are answered.
    private static let shopRate = RateLimit(perSecond: 1_000, burst: 10_000)
    /// An office behind one address has several dashboards.
    private static let addressRate = RateLimit(perSecond: 500, burst: 5_000)

    func take(from peer: SocketAddress?, headers: HTTPFields) -> CallRate? {
        let address = address(peer, headers)
        // Programs on this machine are the operator's own.
        guard address != .unknown, !address.isLoopback else { return nil }
        return rate(.address, .address(address), Self.addressRate)
    }

    func take(for shop: Int32) -> CallRate { rate(.shop, .shop(shop), Self.shopRate) }

    private func rate(_ policy: CallRate.Policy, _ key: RateKey, _ limit: RateLimit) -> CallRate {
        let decision = limiter.take(key, limit: limit, nowMillis: WallClock.nowMillis())
        func seconds(_ calls: Int) -> Int { (calls + limit.perSecond - 1) / limit.perSecond }
        return CallRate(
            policy: policy, burst: limit.burst, windowSeconds: seconds(limit.burst), remaining: decision.remaining,
            resetSeconds: seconds(limit.burst - decision.remaining),
            retryAfterSeconds: decision.isAllowed ? nil : decision.retryAfterSeconds)
    }

    /// Who really asks: the peer, or what trusted proxies say about it.
    private func address(_ peer: SocketAddress?, _ headers: HTTPFields) -> ClientAddress {
        var request = IngestRequest(method: .other, route: .webhooks)
        request.peer = peer?.ipAddress.flatMap { ClientAddress($0) } ?? .unknown
        request.fields.forwardedFor = HTTPField.Name("X-Forwarded-For").flatMap { headers[$0] }
        request.fields.forwarded = HTTPField.Name("Forwarded").flatMap { headers[$0] }
        return origin.address(of: request)
    }
}
