/// Decides how visits and webhooks travel: in which requests, how wrapped, when, how often and in which disorder.
struct DeliveryPlanner {
    private(set) var sent = TrueSent()
    private var deliveries: [Delivery] = []
    private let options: PlanOptions
    private var random: SeededGenerator

    /// Planners of one seed and different streams decide independently.
    init(world: ShopWorld, stream: UInt64 = 0) {
        self.options = world.options
        self.random = SeededGenerator(seed: world.options.seed, stream: 0xDE11_0000_0000 &+ stream)
    }

    /// All deliveries, round by round, in the order of their time.
    var ordered: [Delivery] {
        self.deliveries.enumerated().sorted { left, right in
            let (before, after) = (left.element, right.element)
            return (before.round, before.dueAt, left.offset) < (after.round, after.dueAt, right.offset)
        }.map(\.element)
    }

    mutating func plan(sessions: [PlannedSession], webhooks: [PlannedWebhook]) {
        for (index, session) in sessions.enumerated() { self.plan(session, index: index) }
        for (index, webhook) in webhooks.enumerated() {
            self.send(.webhook(index, copy: 0), .main, at: webhook.time)
            self.sent.webhooks += 1
            guard self.random.chance(0.03) else { continue }
            self.send(.webhook(index, copy: self.random.chance(0.5) ? 1 : 2), .late, at: webhook.time + 60_000)
            self.sent.webhookDuplicates += 1
        }
    }

    mutating func plan(_ session: PlannedSession, index: Int) {
        let pixel = session.events.indices.filter { !session.events[$0].kind.isWidget }
        let chunks = session.isReplayed ? [pixel] : self.split(pixel)
        if session.isReplayed { self.sent.replayedSessions += 1 }
        for chunk in chunks { self.send(chunk, of: session, index: index) }
        self.sent.pixelEvents += pixel.count
        let calls = session.events.count - pixel.count
        guard calls > 0, let last = session.events.last(where: { $0.kind.isWidget }) else { return }
        self.send(.widget(session: index), session.isReplayed ? .late : .main, at: last.time + 500)
        self.sent.widgetCalls += calls
        self.sent.requests += calls - 1
    }

    /// Some pixels post every event by itself, some a few at a time, most whatever the page has gathered.
    private mutating func split(_ events: [Int]) -> [[Int]] {
        let size =
            switch self.random.weighted([15, 35, 50]) {
            case 0: 1
            case 1: 2 + self.random.below(4)
            default: DeliveryPlanner.chunkMax
            }
        return stride(from: 0, to: events.count, by: size).map { Array(events[$0..<min($0 + size, events.count)]) }
    }

    private mutating func send(_ chunk: [Int], of session: PlannedSession, index: Int) {
        guard let last = chunk.last else { return }
        let isLate = session.isReplayed || self.random.chance(self.options.shareLate)
        let round: Delivery.Round = isLate ? .late : .main
        let delay = isLate ? self.random.within(600_000...72_000_000) : self.random.skewed(5...4_000)
        let dueAt = session.events[last].time + delay
        if isLate { self.sent.lateRequests += 1 }
        var events = chunk
        if events.count > 1, self.random.chance(0.12) {
            events.swapAt(0, events.count - 1)
            self.sent.reorderedRequests += 1
        }
        for event in chunk where self.random.chance(self.options.shareDuplicates) {
            self.sent.pixelDuplicates += 1
            guard self.random.chance(0.6) else {
                events.append(event)
                continue
            }
            self.sendPixel([event], of: index, altered: false, .late, at: dueAt + self.random.within(50...3_600_000))
        }
        self.sendPixel(events, of: index, altered: false, round, at: dueAt)
        // A conflict needs an event without another copy under way, and one that a shopper made.
        guard session.consent.allowsAnalytics, self.random.chance(self.options.shareConflicts * Double(chunk.count))
        else { return }
        self.sendPixel([last], of: index, altered: true, .last, at: dueAt + 7_200_000)
        self.sent.pixelConflicts += 1
    }

    private mutating func sendPixel(
        _ events: [Int], of session: Int, altered: Bool, _ round: Delivery.Round, at dueAt: Int64
    ) {
        let envelope: Delivery.Envelope =
            events.count == 1 && self.random.chance(0.6) ? .single : self.random.chance(0.5) ? .array : .object
        self.send(.pixel(session: session, events: events, envelope: envelope, isAltered: altered), round, at: dueAt)
    }

    private mutating func send(_ content: Delivery.Content, _ round: Delivery.Round, at dueAt: Int64) {
        self.deliveries.append(Delivery(round: round, dueAt: dueAt, content: content))
        self.sent.requests += 1
    }

    /// A request stays far below the contract's 1 MiB and 500 events: 100 checkout events are 400 kB.
    private static let chunkMax = 100
}
