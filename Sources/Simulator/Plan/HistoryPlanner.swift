/// Fills the days of a calendar with visits, orders and refunds.
struct HistoryPlanner {
    let calendar: ShopCalendar
    var visits: VisitPlanner
    private let options: PlanOptions
    private let world: ShopWorld
    private var random: SeededGenerator

    init(world: ShopWorld, calendar: ShopCalendar) {
        self.world = world
        self.options = world.options
        self.calendar = calendar
        self.visits = VisitPlanner(world: world)
        self.random = SeededGenerator(seed: world.options.seed, stream: 0x415)
    }

    /// Decides on all of it.
    mutating func plan() {
        for (index, day) in self.calendar.days.enumerated() {
            let wanted = self.options.sessionsPerDay * ShopRhythm.weight(of: day)
            for _ in 0..<self.rounded(wanted / HistoryPlanner.visitsPerVisitor) { self.planVisitor(from: index) }
            for _ in 0..<self.rounded(wanted * self.options.shareBots) { self.planBot(on: day) }
        }
        self.planOtherOrders()
        self.planRefunds()
    }

    /// Rounded up or down by chance, so that small shops get their share on average.
    private mutating func rounded(_ value: Double) -> Int { Int(value + self.random.fraction()) }

    private mutating func planVisitor(from day: Int) {
        var visitor = self.visits.newVisitor(isBot: false)
        var start = ShopRhythm.instant(of: self.calendar.days[day], &self.random)
        // Without consent nobody can be known again, so such a visitor has one visit, inside one day.
        let isKnown = visitor.consent.allowsAnalytics
        let end = self.options.endingAt
        while true {
            let after = self.visits.visit(visitor, at: start) { visit in
                visit.end <= end && visit.durationMillis <= SessionRule.lengthMaxMillis
                    && (isKnown || HistoryPlanner.isWithinOneDay(visit, self.calendar))
            }
            guard let after, isKnown, self.random.chance(HistoryPlanner.returnShare) else { return }
            guard let next = self.nextStart(after: after.lastEnd) else { return }
            visitor = after
            start = next
        }
    }

    /// When a visitor comes back: later the same day, or after days at an hour of the rhythm. Always more than the
    /// longest gap inside a visit later, at times just one millisecond more.
    private mutating func nextStart(after end: Int64) -> Int64? {
        let soonest = end + SessionRule.gapMaxMillis + 1
        if self.random.chance(0.3) {
            return self.random.chance(0.1) ? soonest : soonest + self.random.skewed(0...28_800_000)
        }
        guard let today = self.calendar.dayIndex(of: end) else { return nil }
        let later = today + 1 + Int(self.random.skewed(0...13))
        guard later < self.calendar.days.count else { return nil }
        return max(soonest, ShopRhythm.instant(of: self.calendar.days[later], &self.random))
    }

    private static func isWithinOneDay(_ visit: TrueSession, _ calendar: ShopCalendar) -> Bool {
        visit.start / 86_400_000 == visit.end / 86_400_000
            && calendar.dayIndex(of: visit.start) == calendar.dayIndex(of: visit.end)
    }

    private mutating func planBot(on day: ShopDay) {
        let bot = self.visits.newVisitor(isBot: true)
        let start = self.random.within(day.start...(day.end - 1))
        let (end, calendar, isKnown) = (self.options.endingAt, self.calendar, bot.consent.allowsAnalytics)
        _ = self.visits.visit(bot, at: start) {
            $0.end <= end && (isKnown || HistoryPlanner.isWithinOneDay($0, calendar))
        }
    }

    /// Orders that no browser had a part in: the till, the merchant's own drafts, renewals.
    private mutating func planOtherOrders() {
        guard self.options.webhooks else { return }
        let sources = ["pos", "shopify_draft_order", "subscription_contract"]
        for day in self.calendar.days {
            for _ in 0..<self.rounded(self.options.sessionsPerDay * 0.008) {
                let time = ShopRhythm.instant(of: day, &self.random)
                guard time + 5_000 <= self.options.endingAt else { continue }
                let number = HistoryPlanner.otherOrdersFrom + self.visits.orders.count
                let variant = self.random.below(self.world.catalogue.variants.count)
                let lines = self.world.orderLines(
                    [CartLine(variant: variant, quantity: 1 + self.random.below(2))], order: number, discountPercent: 0)
                self.visits.orders.append(
                    PlannedOrder(
                        number: number, id: self.world.bigID(IDKind.order, number), time: time, lines: lines,
                        discountPercent: 0, shipping: 0, person: number,
                        customerID: self.world.bigID(IDKind.customer, number), isNewCustomer: true,
                        sourceName: self.random.pick(sources), place: Place.all[0], gateway: "cash"))
            }
        }
    }

    private mutating func planRefunds() {
        for index in self.visits.orders.indices where self.random.chance(0.07) {
            let order = self.visits.orders[index]
            let time = order.time + self.random.skewed(3_600_000...1_036_800_000)
            guard time <= self.options.endingAt else { continue }
            self.visits.orders[index].refund = PlannedRefund(
                id: self.world.bigID(IDKind.refund, order.number), time: time,
                line: self.random.below(order.lines.count))
        }
    }

    /// Average visits of a visitor, given how often one returns; only the size of the plan hangs on it.
    private static let visitsPerVisitor = 1.45
    private static let returnShare = 0.4
    /// Far above the sessions' numbers, which number the orders of visits.
    private static let otherOrdersFrom = 50_000_000
}
