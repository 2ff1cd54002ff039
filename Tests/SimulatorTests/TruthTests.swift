import Simulator
import Testing

@Suite struct TruthTests {
    @Test(arguments: [7, 23]) func theSentBytesAddUpToTheTruth(seed: UInt64) async throws {
        var options = Example.options(seed: seed)
        options.shareWidget = 0
        let (requests, totals) = try await Example.sent(SimulationPlan(options))
        let events = try SentEvent.all(in: requests)
        let visits = FoldedVisit.all(in: events)
        let shoppers = visits.filter { !$0.isCrawler }
        let bots = visits.filter(\.isCrawler)
        #expect(shoppers.count == totals.total.sessions)
        #expect(bots.count == totals.bots.sessions)
        #expect(bots.map(\.events.count).reduce(0, +) == totals.bots.activity.events)
        #expect(shoppers.filter(\.isBounce).count == totals.total.bounces)
        #expect(shoppers.map(\.duration).reduce(0, +) == totals.total.durationSumMillis)
        #expect(shoppers.map(\.events.count).reduce(0, +) == totals.total.activity.events)
        #expect(shoppers.map { $0.count("page_viewed") }.reduce(0, +) == totals.total.activity.pageviews)
        #expect(shoppers.filter { $0.count("checkout_completed") > 0 }.count == totals.total.conversions)
        #expect(Set(shoppers.map { $0.events[0].visitor }).count == totals.total.visitors)
        #expect(shoppers.filter { $0.events[0].isDaily }.count == totals.total.visitorsDaily)
        let engaged = shoppers.filter {
            $0.duration > 10_000 || $0.count("page_viewed") >= 2 || $0.count("checkout_completed") > 0
        }
        #expect(engaged.count == totals.total.engagedSessions)
    }

    /// The rule's edges are in the traffic: gaps of exactly 1,800 s inside visits, and one millisecond more between.
    @Test func gapsGoToTheEdgeOfTheRule() async throws {
        var options = Example.options(seed: 5, days: 10)
        options.shareWidget = 0
        let (requests, totals) = try await Example.sent(SimulationPlan(options))
        let visits = FoldedVisit.all(in: try SentEvent.all(in: requests)).sorted { $0.start < $1.start }
        #expect(visits.count == totals.total.sessions + totals.bots.sessions)
        let inside = visits.flatMap { visit in
            zip(visit.events, visit.events.dropFirst()).map { $1.time - $0.time }
        }
        let between = Dictionary(grouping: visits) { $0.events[0].visitor }.values.flatMap { visits in
            zip(visits, visits.dropFirst()).map { $1.start - $0.start - $0.duration }
        }
        #expect(inside.max() == 1_800_000)
        #expect(between.min() == 1_800_001)
        #expect(visits.allSatisfy { $0.duration < 86_400_000 })
    }

    @Test func theSentBytesHaveTheTruthsDimensions() async throws {
        var options = Example.options(seed: 11)
        options.shareWidget = 0
        let (requests, totals) = try await Example.sent(SimulationPlan(options))
        var entries: [String: Int] = [:]
        var exits: [String: Int] = [:]
        var kinds: [String: Int] = [:]
        for visit in FoldedVisit.all(in: try SentEvent.all(in: requests)) where !visit.isCrawler {
            entries[Self.page(visit.events.first), default: 0] += 1
            exits[Self.page(visit.events.last), default: 0] += 1
            let isCustomer = visit.events.contains { $0.customer != nil }
            kinds[isCustomer ? "customer" : visit.events[0].isDaily ? "daily" : "client", default: 0] += 1
        }
        #expect(totals.dimensions["visit:entry_page"]?.mapValues(\.sessions) == entries)
        #expect(totals.dimensions["visit:exit_page"]?.mapValues(\.sessions) == exits)
        #expect(totals.dimensions["visit:visitor_kind"]?.mapValues(\.sessions) == kinds)
        #expect(kinds["customer", default: 0] > 0)
    }

    /// A page as reports show it.
    private static func page(_ event: SentEvent?) -> String {
        let path = event?.path ?? "?"
        return path.contains("/checkouts/") ? "/checkouts/…" : path
    }

    @Test(arguments: ["Asia/Tokyo", "America/New_York", "Europe/Berlin"])
    func bucketsAddUpToTheWhole(timezone: String) throws {
        var options = Example.options(seed: 3)
        options.timezone = timezone
        let totals = try SimulationPlan(options).totals
        #expect(totals.days.count == options.days)
        #expect(totals.days.values.map(\.sessions).reduce(0, +) == totals.total.sessions)
        #expect(totals.days.values.map(\.activity.events).reduce(0, +) == totals.total.activity.events)
        #expect(totals.days.values.map(\.durationSumMillis).reduce(0, +) == totals.total.durationSumMillis)
        #expect(totals.days.values.map(\.visitors).reduce(0, +) >= totals.total.visitors)
        for (name, values) in totals.dimensions {
            #expect(values.values.map(\.sessions).reduce(0, +) == totals.total.sessions, "\(name)")
            #expect(values.values.map(\.activity.pageviews).reduce(0, +) == totals.total.activity.pageviews, "\(name)")
            #expect(values.values.map(\.bounces).reduce(0, +) == totals.total.bounces, "\(name)")
        }
        #expect(totals.pages.values.reduce(0, +) == totals.total.activity.pageviews)
        #expect(totals.eventNames.values.reduce(0, +) == totals.total.activity.events)
        let all = totals.total.activity.events + totals.bots.activity.events
        #expect(totals.sent.pixelEvents + totals.sent.widgetCalls == all)
        #expect(totals.webhooks.values.reduce(0, +) == totals.sent.webhooks)
        #expect(totals.orderDays.values.map(\.netSales).reduce(0, +) == totals.orders.netSales)
    }

    @Test func ratiosAreThoseOfAShop() throws {
        let total = try SimulationPlan(Example.options(days: 10)).totals
        let sessions = Double(total.total.sessions)
        #expect((0.8...1.2).contains(sessions / 1200))
        #expect((0.25...0.5).contains(Double(total.total.bounces) / sessions))
        #expect((0.02...0.1).contains(Double(total.total.conversions) / sessions))
        #expect((0.05...0.2).contains(Double(total.total.visitorsDaily) / sessions))
        #expect(total.total.activity.leads > 0 && total.total.activity.leads <= total.total.activity.leadEvents)
        #expect(total.total.visitors < total.total.sessions)
        #expect(total.orders.orders > total.total.activity.purchases)
        #expect(total.sent.duplicates > 0 && total.sent.pixelConflicts > 0)
    }

    @Test func aFilterCountsItsVisitsOnly() throws {
        let plan = try SimulationPlan(Example.options())
        let mobile = plan.totals { $0[.device] == "mobile" }.total
        #expect(mobile == plan.totals.dimensions["visit:device"]?["mobile"])
    }
}
