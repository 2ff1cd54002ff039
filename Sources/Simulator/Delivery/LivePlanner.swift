/// Decides on shoppers as time goes by: a pure state machine that is told the time and answers with what is due.
struct LivePlanner: Sendable {
    /// A request that is due, with all that it takes to write it.
    struct Ready: Sendable {
        let content: Delivery.Content
        let session: PlannedSession
        let webhook: PlannedWebhook?
        let order: PlannedOrder?
    }

    private struct Pending: Sendable {
        let dueAt: Int64
        let ready: Ready
    }

    private let world: ShopWorld
    private var random: SeededGenerator
    private var regulars: [VisitorState] = []
    private var visitors = 0
    private var sessions = 0
    private var webhooks = 0
    private var pending: [Pending] = []
    private var last: Int64

    init(world: ShopWorld, startingAt now: Int64) {
        self.world = world
        self.random = SeededGenerator(seed: world.options.seed, stream: 0x11FE)
        self.last = now
    }

    /// Lets time go on to `now`, with so many new visits a minute, and returns what is due by then, oldest first.
    mutating func advance(to now: Int64, visitsPerMinute: Double) -> [Ready] {
        let elapsed = max(0, min(now - self.last, LivePlanner.stepMaxMillis))
        let expected = Double(elapsed) / 60_000 * visitsPerMinute
        for _ in 0..<Int(expected + self.random.fraction()) {
            self.begin(at: now - (elapsed > 0 ? self.random.within(0...(elapsed - 1)) : 0))
        }
        self.last = now
        let due = self.pending.filter { $0.dueAt <= now }.sorted { $0.dueAt < $1.dueAt }
        self.pending.removeAll { $0.dueAt <= now }
        return due.map(\.ready)
    }

    private mutating func begin(at start: Int64) {
        guard self.pending.count < LivePlanner.pendingMax else { return }
        var journey = JourneyBuilder(
            world: self.world, visitor: self.visitor(at: start), number: self.sessions, start: start)
        self.sessions += 1
        journey.visit()
        self.remember(journey.visitor)
        var deliveries = DeliveryPlanner(world: self.world, stream: UInt64(self.sessions))
        deliveries.plan(journey.session, index: 0)
        var webhooks = WebhookPlanner(firstNumber: self.webhooks)
        if self.world.options.webhooks {
            webhooks.plan(journey.session, index: 0)
            if let order = journey.order { webhooks.plan(order, index: 0) }
        }
        self.webhooks += webhooks.webhooks.count
        for delivery in deliveries.ordered {
            let ready = Ready(content: delivery.content, session: journey.session, webhook: nil, order: nil)
            self.pending.append(Pending(dueAt: delivery.dueAt, ready: ready))
        }
        for webhook in webhooks.webhooks {
            let ready = Ready(
                content: .webhook(0, copy: 0), session: journey.session, webhook: webhook, order: journey.order)
            self.pending.append(Pending(dueAt: webhook.time, ready: ready))
        }
    }

    /// A crawler, somebody who was here before and has left long enough ago, or somebody new.
    private mutating func visitor(at start: Int64) -> VisitorState {
        defer { self.visitors += 1 }
        if self.random.chance(self.world.options.shareBots) {
            return VisitorState(number: self.visitors, isBot: true, world: self.world)
        }
        let latest = start - SessionRule.gapMaxMillis - 1
        if self.random.chance(0.3), let index = self.regulars.firstIndex(where: { $0.lastEnd < latest }) {
            return self.regulars.remove(at: index)
        }
        return VisitorState(number: self.visitors, isBot: false, world: self.world)
    }

    private mutating func remember(_ visitor: VisitorState) {
        guard !visitor.isBot, visitor.consent.allowsAnalytics else { return }
        self.regulars.append(visitor)
        if self.regulars.count > LivePlanner.regularsMax { self.regulars.removeFirst() }
    }

    /// After a pause (a laptop that slept) traffic goes on; it does not catch up.
    private static let stepMaxMillis: Int64 = 5_000
    /// Some thousand visits under way; more than any demo asks for.
    private static let pendingMax = 50_000
    private static let regularsMax = 2_000
}
