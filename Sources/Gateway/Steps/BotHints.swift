internal import EventModel
internal import Pipelines

/// Step `bots`: tells programs where the stored payload will not. Belongs to one loop's thread.
///
/// A library's user agent says nothing of a request: a shop's own server speaks for its shoppers by one. What an event
/// says itself is told from its payload wherever the shopper lets that keep the user agent.
struct BotHints {
    private let agents: AgentClassifier
    private let networks: NetworkSet
    /// Senders by user agent; thousands of requests share the same few.
    private var known: [Agent: AgentSender] = [:]

    /// Hashed in one go: the keyed hash of a long text costs more than all else here. Whoever makes many that share a
    /// hash has them compared with one another, `knownMax` of them at most.
    private struct Agent: Hashable {
        let text: String

        /// By bytes, as they are hashed: `String` holds two spellings of one character for the same.
        static func == (left: Agent, right: Agent) -> Bool {
            left.text.utf8Span.span.isEqual(right.text.utf8Span.span)
        }

        func hash(into hasher: inout Hasher) { hasher.combine(Checksum.xxh64(text.utf8Span.span)) }
    }

    /// Beyond this many all are forgotten; with `rememberedBytesMax` it bounds the memory.
    private static let knownMax = 2_000
    /// Longer ones are worked out each time.
    private static let rememberedBytesMax = 512
    /// Browsers, and the crawlers that load pages as they do, begin so.
    private static let browserStart: StaticString = "Mozilla/"

    init(agents: AgentClassifier, networks: NetworkSet) {
        self.agents = agents
        self.networks = networks
    }

    /// Whether a request is a crawler's by its user agent, or by where a browser sent it from. `isRelayed` says that the
    /// address is a server's by rights.
    mutating func isCrawler(_ request: IngestRequest, from address: ClientAddress, isRelayed: Bool) -> Bool {
        guard let agent = request.fields.userAgent, !agent.isEmpty else { return false }
        if case .crawler = sender(agent) { return true }
        return !isRelayed && agent.utf8Span.span.hasPrefix(Self.browserStart)
            && networks.contains(Key128(high: address.high, low: address.low))
    }

    /// Whether the user agent that an event names is a program's.
    mutating func isProgram(_ body: Span<UInt8>, _ agent: JSONMatch?) -> Bool {
        guard let agent, let text = JSONText.string(body, agent) else { return false }
        return sender(text) != .person
    }

    private mutating func sender(_ agent: String) -> AgentSender {
        let key = Agent(text: agent)
        if let sender = known[key] { return sender }
        let sender = agents.sender(agent)
        guard agent.utf8.count <= Self.rememberedBytesMax else { return sender }
        if known.count >= Self.knownMax { known.removeAll(keepingCapacity: true) }
        known[key] = sender
        return sender
    }
}
