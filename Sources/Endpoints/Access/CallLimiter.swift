package import HTTPTypes
package import NIOCore

/// Counts calls of the API; conformed to with the limiter of the way in, whose counts all servers share.
package protocol CallLimiter: Sendable {
    /// One call more from an address; nil where addresses are not limited, as on this machine.
    ///
    /// - Parameter peer: who is connected.
    /// - Parameter headers: of the request; what trusted proxies say about the client is in them.
    func take(from peer: SocketAddress?, headers: HTTPFields) -> CallRate?

    /// One call more for a shop.
    func take(for shop: Int32) -> CallRate
}

/// How it stands with one limit after a call.
package struct CallRate: Sendable, Equatable {
    /// What is counted.
    package enum Policy: String, Sendable {
        case shop, address
    }

    /// What is counted.
    package var policy: Policy
    /// Calls at once after a quiet time.
    package var burst: Int
    /// Seconds in which the whole burst comes back.
    package var windowSeconds: Int
    /// Calls left at once.
    package var remaining: Int
    /// Seconds until all of them are there again.
    package var resetSeconds: Int
    /// Seconds until the next one; nil where this one was allowed.
    package var retryAfterSeconds: Int?

    /// Describes a limit.
    package init(
        policy: Policy, burst: Int, windowSeconds: Int, remaining: Int, resetSeconds: Int, retryAfterSeconds: Int?
    ) {
        self.policy = policy
        self.burst = burst
        self.windowSeconds = windowSeconds
        self.remaining = remaining
        self.resetSeconds = resetSeconds
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// `RateLimit` and `RateLimit-Policy`, as the way in writes them (draft-ietf-httpapi-ratelimit-headers).
    func write(_ headers: inout HTTPFields) {
        headers.set("RateLimit-Policy", "\"\(policy.rawValue)\";q=\(burst);w=\(windowSeconds)")
        headers.set("RateLimit", "\"\(policy.rawValue)\";r=\(remaining);t=\(resetSeconds)")
    }

    /// Throws 429 where the call was one too many.
    func check() throws {
        guard let retryAfterSeconds else { return }
        var headers: HTTPFields = [.retryAfter: String(max(1, retryAfterSeconds))]
        write(&headers)
        throw Problem(.tooManyRequests, "Wait before you ask more; see Retry-After.", headers: headers)
    }
}
