internal import Cryptography
internal import EventModel
package import NIOCore
internal import NIOHTTP1
internal import Pipelines
internal import Privacy

/// Works off requests on one event loop, with storage that it uses again and again. Belongs to that loop's thread.
package final class IngestWorker {
    package let gateway: Gateway
    let number: Int
    let metrics: LoopCounts
    var scanner = JSONScanner()
    var compressor: PayloadCompressor
    var staged = StagedEvents()
    var scratch = EventScratch()
    var shops = ShopContexts()
    var bots: BotHints
    let origin: ClientOrigin
    let webhookSecrets: [HMACSHA256]
    private let waiters = LoopWaiters()
    private var encoder: AnswerEncoder
    /// While many are answered at once.
    private var answeredAt: Int64?
    private let widgetPrefix: [UInt8]
    private let requestPrefix: String
    let loop: (any EventLoop)?
    private var requestCount = 0
    /// Questions of this loop that the desk has not answered yet.
    var openQuestions = 0

    let pixelCleaner: EventCleaner
    let widgetCleaner: EventCleaner
    let webhookCleaner: EventCleaner

    /// A worker; `number` is its bit in the commit buffer, `loop` the loop it belongs to (tests have none).
    package init(gateway: Gateway, number: Int, loop: (any EventLoop)? = nil) {
        self.gateway = gateway
        self.loop = loop
        func cleaner(_ pipeline: SourcePipeline) -> EventCleaner {
            EventCleaner(pipeline: pipeline, subjects: gateway.keyring, visits: gateway.dailyVisits)
        }
        self.pixelCleaner = cleaner(gateway.pipelines.pixel)
        self.widgetCleaner = cleaner(gateway.pipelines.widget)
        self.webhookCleaner = cleaner(gateway.pipelines.webhook)
        self.bots = BotHints(agents: gateway.agents, networks: gateway.pipelines.lists.dataCentres)
        self.number = number
        self.metrics = gateway.metrics.newLoop()
        self.compressor = PayloadCompressor(gateway.dictionaries)
        self.origin = ClientOrigin(
            trustedProxies: gateway.configuration.trustedProxies, countries: gateway.configuration.countries)
        self.webhookSecrets = gateway.configuration.clientSecrets.map { HMACSHA256(key: $0) }
        self.encoder = AnswerEncoder(limits: gateway.configuration.limits)
        self.widgetPrefix = Array(gateway.configuration.widgetPrefix.utf8)
        self.requestPrefix = Hex.encode(SecureRandom.bytes(6))
    }

    /// Works a request off as far as can be done without waiting. `isSecondTry` is true after the registry was asked.
    package func accept(
        _ request: consuming IngestRequest, body: Span<UInt8>, receiver: AnswerReceiver, slot: UInt64,
        isSecondTry: Bool = false
    ) -> IngestDecision {
        if !isSecondTry { metrics.countRequest() }
        guard request.method == .post else { return .answer(answerToMethod(request)) }
        staged.clear()
        scratch.clear()
        let address = origin.address(of: request)
        let exchange = Exchange(
            request: consume request, receiver: receiver, slot: slot, nowMillis: gateway.clock(), address: address,
            isSecondTry: isSecondTry)
        var decision: IngestDecision
        switch exchange.request.route {
        case .pixel(let account): decision = acceptPixel(exchange, account: account, body: body)
        case .webhooks: decision = acceptWebhook(exchange, body: body)
        case .sessionStart, .widgetEvent, .lead, .chat: decision = acceptWidget(exchange, body: body)
        }
        if case .answer(var answer) = decision {
            answer.isCrossOrigin = exchange.request.route.isCrossOrigin
            decision = .answer(answer)
        }
        return decision
    }

    /// The gateway's route that a path names.
    func route(path: Span<UInt8>) -> IngestRoute? {
        gateway.configuration.takesEvents ? IngestRoute(path: path, widgetPrefix: widgetPrefix) : nil
    }

    /// The answer of a refusal that concerns no shop's events.
    func refuse(_ refusal: Refusal, isCrossOrigin: Bool) -> IngestAnswer {
        if let reason = refusal.reason {
            metrics.countReceived(1)
            gateway.metrics.countRefused(reason, 1)
        }
        var answer = refusal.answer(requestID: nextRequestID())
        answer.isCrossOrigin = isCrossOrigin
        return answer
    }

    /// Unique in this deployment: random at start-up, then counted.
    func nextRequestID() -> String {
        requestCount += 1
        return "\(requestPrefix)-\(String(requestCount, radix: 36))"
    }

    /// Asks the registry for a tenant that memory does not know, then tries once more.
    func lookUp(
        _ key: TenantKey, then request: IngestRequest, body: [UInt8], receiver: AnswerReceiver, slot: UInt64
    ) {
        let tenants = gateway.tenants
        guard let loop else { return }
        let bound = NIOLoopBound((worker: self, receiver: receiver), eventLoop: loop)
        loop.makeFutureWithTask { _ = await tenants.find(key) }.whenComplete { _ in
            let (worker, receiver) = bound.value
            switch worker.accept(request, body: body.span, receiver: receiver, slot: slot, isSecondTry: true) {
            case .answer(let answer):
                receiver.deliver(answer, slot: slot)
                receiver.flush()
            case .waiting, .lookUp: break
            }
        }
    }

    /// Waits for the events that were submitted under `ticket`.
    func wait(
        _ ticket: CommitBuffer.Ticket, _ exchange: Exchange, _ completion: LoopWaiters.Completion
    ) {
        waiters.add(ticket, receiver: exchange.receiver, slot: exchange.slot, completion)
    }

    /// Answers what waited for a generation.
    func complete(_ outcome: FlushOutcome) {
        answeredAt = gateway.clock()
        waiters.complete(outcome) { completion, outcome in finish(completion, outcome) }
        answeredAt = nil
    }

    /// Lends the bytes of an answer.
    func encode<R>(_ answer: IngestAnswer, closes: Bool, _ body: (Span<UInt8>) -> R) -> R {
        encoder.encode(answer, closes: closes, nowMillis: answeredAt ?? gateway.clock(), body)
    }

    func head(_ answer: IngestAnswer, closes: Bool) -> HTTPResponseHead {
        encoder.head(answer, closes: closes, nowMillis: gateway.clock())
    }

    private func answerToMethod(_ request: IngestRequest) -> IngestAnswer {
        var answer: IngestAnswer
        if request.method == .options {
            answer = IngestAnswer(status: 204)
            answer.add("allow", "POST, OPTIONS")
            answer.add("access-control-allow-methods", "POST, OPTIONS")
            answer.add("access-control-allow-headers", "content-type, authorization")
            answer.add("access-control-max-age", "86400")
        } else {
            answer = Refusal.methodNotAllowed.answer(requestID: nextRequestID())
        }
        answer.isCrossOrigin = request.route.isCrossOrigin
        return answer
    }
}

/// What becomes of a request at once.
package enum IngestDecision: Sendable {
    case answer(IngestAnswer)
    /// Its events wait for the flush; the receiver is called.
    case waiting
    /// The tenant is not in memory; ask the registry, then try again.
    case lookUp(TenantKey)
}

/// One request on its way through the steps.
struct Exchange {
    let request: IngestRequest
    let receiver: AnswerReceiver
    let slot: UInt64
    let nowMillis: Int64
    /// Who really sent it.
    let address: ClientAddress
    let isSecondTry: Bool
}
