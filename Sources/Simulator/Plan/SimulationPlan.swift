/// A stretch of a shop's life, decided on in full: who comes when, what they do, what is sent for it and in which
/// order, and the true totals.
///
/// Equal options give equal plans and equal bytes. Making one costs some ten microseconds an event; bodies are written
/// only when they are asked for.
package struct SimulationPlan: Sendable {
    /// What the plan was made from.
    package let options: PlanOptions
    /// The days that the plan covers.
    package let calendar: ShopCalendar
    /// The truth of every visit, crawlers' included, in the order in which they were decided on.
    package let sessions: [TrueSession]
    /// The requests to send, in the order of sending.
    package let deliveries: [Delivery]
    /// The true totals of the whole plan.
    package let totals: TrueTotals
    let world: ShopWorld
    let planned: [PlannedSession]
    let orders: [PlannedOrder]
    let webhooks: [PlannedWebhook]

    /// Decides on everything. Fails only on options that make no sense.
    package init(_ options: PlanOptions) throws(SimulatorError) {
        try SimulationPlan.check(options)
        let calendar = try ShopCalendar(timezone: options.timezone, count: options.days, endingAt: options.endingAt)
        let world = ShopWorld(options: options)
        var history = HistoryPlanner(world: world, calendar: calendar)
        history.plan()
        var webhooks = WebhookPlanner()
        if options.webhooks {
            for (index, session) in history.visits.planned.enumerated() {
                webhooks.plan(session, index: index)
            }
            for (index, order) in history.visits.orders.enumerated() { webhooks.plan(order, index: index) }
        }
        let sent = webhooks.webhooks.filter { $0.time <= options.endingAt }
        var deliveries = DeliveryPlanner(world: world)
        deliveries.plan(sessions: history.visits.planned, webhooks: sent)
        self.options = options
        self.calendar = calendar
        self.world = world
        self.planned = history.visits.planned
        self.sessions = history.visits.truths
        self.orders = history.visits.orders
        self.webhooks = sent
        self.deliveries = deliveries.ordered
        var totals = TruthLedger(options: options, calendar: calendar).totals(of: history.visits.truths)
        let placed = history.visits.orders.filter { options.webhooks && $0.time <= options.endingAt }
        totals.add(orders: placed, calendar: calendar)
        totals.add(goods: placed, world.catalogue)
        totals.add(goods: zip(self.planned, self.sessions).map { (planned: $0, truth: $1) }, world.catalogue)
        totals.add(webhooks: sent)
        totals.sent = deliveries.sent
        self.totals = totals
    }

    /// The totals of those visits of shoppers that a rule lets through: the truth for a filtered query.
    package func totals(where isIncluded: (TrueSession) -> Bool) -> TrueTotals {
        TruthLedger(options: self.options, calendar: self.calendar).totals(of: self.sessions.filter(isIncluded))
    }

    /// Personal values of the people whose data is sent: e-mail addresses, phone numbers, streets. None of them may be
    /// found in what is stored.
    package var personalValues: [String] {
        let seen = zip(self.planned, self.sessions).filter { $0.showsPersonalData || $1.hasLead }.map(\.0.person)
        let known = self.planned.filter { $0.hasCheckout }.map(\.person) + self.orders.map(\.person)
        return Set(seen + known).sorted().flatMap { number in
            let person = Person(number: number, seed: self.options.seed)
            return [person.email, person.phone, person.street]
        }
    }

    private static func check(_ options: PlanOptions) throws(SimulatorError) {
        guard options.sessionsPerDay > 0, options.sessionsPerDay * Double(options.days) <= Double(visitsMax) else {
            throw SimulatorError(.usage, "from 1 to \(visitsMax) visits in all")
        }
        let shares = [
            options.shareWithoutConsent, options.shareBots, options.shareWidget, options.shareDuplicates,
            options.shareConflicts, options.shareLate,
        ]
        guard shares.allSatisfy({ (0...1).contains($0) }) else {
            throw SimulatorError(.usage, "shares are from 0 to 1")
        }
        let isShop = [".myshopify.com", ".myshopify.io"].contains(where: options.shop.hasSuffix)
        guard isShop, !options.storefrontHost.isEmpty else {
            throw SimulatorError(.usage, "shop must be NAME.myshopify.com, and the storefront needs a host")
        }
    }

    /// The plan stays in memory, at about 1 kB a visit.
    private static let visitsMax = 2_000_000
}
