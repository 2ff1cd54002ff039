// Gateway: HTTP in. Takes requests of the pixel, the widget and Shopify's webhooks, checks them, hands each event
// through Privacy, and gives encoded batches to an `EventSink`; an answer of 2xx leaves when the sink says durable.
//
// The steps of a request, by name: route, tenant, limits, body, scan, identity, time, privacy, encode, append, answer.
// Two readers of HTTP lead to them (`HTTP/`): one for plain requests on the byte stream, NIO's codec for all others.

package import EventModel
internal import Glibc
package import Pipelines
package import Privacy

/// What the gateway's event loops share. Safe from any thread.
package final class Gateway: Sendable {
    package let configuration: GatewayConfiguration
    package let tenants: TenantDirectory
    package let metrics = GatewayMetrics()
    /// Keys of data subjects that this process has made; an erasure evicts from it.
    package let keyring: SubjectKeyring
    /// The salts of the days, kept up to date by the composition root.
    package let salts: SaltBox
    let pipelines: PipelineCatalog
    let dictionaries: PayloadDictionaries
    let limiter: any RateLimiter
    let chat: (any ChatDesk)?
    let recent = RecentIdentities()
    let names = EventNames()
    let agents: AgentClassifier
    let dailyVisits = DailyVisits()
    let buffer: CommitBuffer
    let receiving: ReceivingRoom
    let loops = GatewayLoops()
    let clock: @Sendable () -> Int64

    /// A gateway; `clock` gives milliseconds since 1970.
    package init(
        configuration: GatewayConfiguration, parts: Parts, clock: @escaping @Sendable () -> Int64 = Gateway.systemMillis
    ) {
        self.configuration = configuration
        self.tenants = parts.tenants
        self.pipelines = parts.pipelines
        self.dictionaries = parts.dictionaries
        self.keyring = parts.keyring
        self.salts = parts.salts
        self.limiter = parts.limiter
        self.agents = parts.agents
        self.chat = parts.chat
        self.buffer = CommitBuffer(limits: configuration.limits)
        self.receiving = ReceivingRoom(limits: configuration.limits, metrics: metrics)
        self.clock = clock
    }

    /// What the composition root brings.
    package struct Parts: Sendable {
        package var tenants: TenantDirectory
        package var pipelines: PipelineCatalog
        package var dictionaries: PayloadDictionaries
        package var keyring: SubjectKeyring
        package var salts: SaltBox
        package var limiter: any RateLimiter
        /// Answers the widget's questions; without one they are refused.
        package var chat: (any ChatDesk)?
        /// Tells crawlers by their user agents.
        package var agents: AgentClassifier

        package init(
            tenants: TenantDirectory, pipelines: PipelineCatalog, dictionaries: PayloadDictionaries = .none,
            keyring: SubjectKeyring = SubjectKeyring(), salts: SaltBox = SaltBox(),
            limiter: (any RateLimiter)? = nil, chat: (any ChatDesk)? = nil, agents: AgentClassifier = AgentClassifier()
        ) {
            self.tenants = tenants
            self.pipelines = pipelines
            self.dictionaries = dictionaries
            self.keyring = keyring
            self.salts = salts
            self.limiter = limiter ?? LocalRateLimiter(seed: UInt64.random(in: .min ... .max))
            self.chat = chat
            self.agents = agents
        }
    }

    /// The machine's clock.
    package static let systemMillis: @Sendable () -> Int64 = {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
