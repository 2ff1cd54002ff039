/// What the composition root decides for the gateway. A value; read once at start-up.
package struct GatewayConfiguration: Sendable {
    /// The first two path parts of the widget's routes, as the app's proxy is set up in Shopify.
    package var widgetPrefix: String
    /// Every active client secret of the app: the current one first, then the one before it while rotating.
    package var clientSecrets: [[UInt8]]
    /// Peers whose forwarding headers are believed.
    package var trustedProxies: [AddressRange]
    /// Addresses that requests signed by the app proxy have to come from; empty for anywhere. Shopify publishes no list
    /// of its proxies, so this is for deployments that know theirs.
    package var proxyAllowlist: [AddressRange] = []
    package var limits: GatewayLimits
    /// False where nothing is taken here: the gateway's handlers then only keep clients to HTTP and to the limits, for
    /// whoever stands behind them.
    package var takesEvents = true
    /// Tells countries where no trusted proxy does.
    package var countries: CountryDatabase?

    /// An empty secret would verify an empty body for everyone, so empty secrets are left out.
    package init(
        widgetPrefix: String = "/apps/mattressai", clientSecrets: [[UInt8]] = [], trustedProxies: [AddressRange] = [],
        limits: GatewayLimits = GatewayLimits()
    ) {
        self.widgetPrefix = widgetPrefix
        self.clientSecrets = clientSecrets.filter { !$0.isEmpty }
        self.trustedProxies = trustedProxies
        self.limits = limits
    }
}

/// The gateway's bounds; each over-run is an answer, never growth.
package struct GatewayLimits: Sendable {
    /// Opened bytes of a pixel or widget body: browsers cap keepalive bodies at 64 KiB, batches stay far below 1 MiB.
    package var bodyBytesMax = 1 << 20
    /// Events in one request.
    package var eventsMax = 500
    /// Opened bytes of a webhook; Shopify's largest orders stay below.
    package var webhookBytesMax = 10 << 20
    /// Request line and headers together; browsers and proxies send under 4 KiB.
    package var headBytesMax = 32 << 10
    /// Requests of one connection that may wait for their answers at once.
    package var pipelinedMax = 64
    /// What has arrived of unfinished bodies, over all connections: 64 of the largest pixel body.
    package var receivingBytesMax = 64 << 20
    /// A request must have arrived whole this long after its first byte.
    package var requestMillisMax: Int64 = 30_000
    /// A connection without a request is closed after this long. Longer than usual proxies' 60 s, so that they close
    /// first.
    package var idleMillisMax: Int64 = 300_000
    /// A connection that has not sent a byte yet is closed after this long where more than half of `connectionsMax` are
    /// open: it costs its client nothing, and keeps another out. Browsers connect ahead of what they send.
    package var silentMillisMax: Int64 = 30_000
    /// Open connections; each costs a few KiB and one descriptor. Less where the system allows fewer descriptors.
    package var connectionsMax = 20_000
    /// Events accepted but not yet durable: about a second of the top rate.
    package var pendingEventsMax = 100_000
    /// Bytes of those events.
    package var pendingBytesMax = 96 << 20
    /// Events of one shop's requests may come this fast, in requests a second, and this many at once.
    package var shopRate = RateLimit(perSecond: 100_000, burst: 200_000)
    /// The same for one client address. A page view is one or two requests, an office behind one address a few dozen.
    package var addressRate = RateLimit(perSecond: 500, burst: 5_000)
    /// True where `addressRate` holds for this machine's addresses too. Programs on it are the operator's own.
    package var limitsLoopback = false

    package init() {}
}
