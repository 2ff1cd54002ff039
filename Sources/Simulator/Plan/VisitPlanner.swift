/// Everything that the plan has decided on so far, session by session.
struct VisitPlanner: Sendable {
    let world: ShopWorld
    var planned: [PlannedSession] = []
    var truths: [TrueSession] = []
    var orders: [PlannedOrder] = []
    private var visitors = 0
    private var sessions = 0

    init(world: ShopWorld) { self.world = world }

    /// A shopper or a crawler who was never seen before.
    mutating func newVisitor(isBot: Bool) -> VisitorState {
        defer { self.visitors += 1 }
        return VisitorState(number: self.visitors, isBot: isBot, world: self.world)
    }

    /// Decides on a visit that begins at an instant. Returns the visitor afterwards, or nil where `admits` turns the
    /// finished visit down; then it never was, and nothing of it is counted or sent.
    mutating func visit(
        _ visitor: VisitorState, at start: Int64, admits: (TrueSession) -> Bool = { _ in true }
    ) -> VisitorState? {
        var journey = JourneyBuilder(world: self.world, visitor: visitor, number: self.sessions, start: start)
        self.sessions += 1
        journey.visit()
        guard admits(journey.truth) else { return nil }
        if let order = journey.order {
            journey.session.order = self.orders.count
            self.orders.append(order)
        }
        self.planned.append(journey.session)
        self.truths.append(journey.truth)
        return journey.visitor
    }
}

/// When people shop: by hour of their day and by day of their week.
enum ShopRhythm {
    /// Weights of the hours from midnight.
    static let hours = [9, 5, 3, 2, 2, 4, 9, 18, 27, 35, 41, 43, 46, 42, 39, 40, 41, 43, 48, 58, 66, 62, 41, 20]

    /// How busy a day is beside the average, by day of the week from Thursday (1970-01-01 was one).
    static func weight(of day: ShopDay) -> Double {
        let weekday = Int((day.start + 43_200_000) / 86_400_000 % 7)
        return [0.93, 0.88, 0.96, 1.28, 1.12, 0.95, 0.88][weekday]
    }

    /// An instant of the day; at a clock change the last hour is shortened or drawn out.
    static func instant(of day: ShopDay, _ random: inout SeededGenerator) -> Int64 {
        let hour = Int64(random.weighted(self.hours))
        return min(day.start + hour * 3_600_000 + random.within(0...3_599_999), day.end - 1)
    }
}
