import Foundation
import Simulator
import Testing

/// Lists walked to their ends, single records, the shop itself, and now.
extension TruthTests {
    func compareSessions(_ plan: SimulationPlan, _ asker: Asker) async throws {
        let shoppers = plan.sessions.filter { !$0.isBot }
        let items = try await asker.list("sessions", pagesOf: 97)
        let ids = try items.map { try #require($0["id"] as? String) }
        #expect(Set(ids).count == shoppers.count)
        #expect(ids.count == shoppers.count)
        #expect(items.map(Self.line).sorted() == shoppers.map(Self.line).sorted())
        // The newest, the oldest and some between.
        for index in stride(from: 0, to: items.count, by: max(1, items.count / 7)) {
            let answer = try await asker.get("sessions/\(ids[index])")
            let item = try #require(answer["item"] as? [String: Any])
            #expect(Self.line(item) == Self.line(items[index]))
            let timeline = try #require(item["timeline"] as? [[String: Any]])
            let names = Dictionary(grouping: timeline) { $0["name"] as? String ?? "" }.mapValues(\.count)
            let truths = shoppers.filter { Self.line($0) == Self.line(item) }.map(\.names)
            #expect(truths.contains(names), "\(ids[index])")
        }
    }

    private static let counts = [
        "pageviews", "events", "product_views", "add_to_carts", "checkouts", "purchases", "leads",
    ]
    private static let flags = ["bounced", "engaged", "converted", "returning", "bot"]
    private static let texts: [(name: String, TrueDimension)] = [
        ("entry_page", .entryPage), ("exit_page", .exitPage), ("source", .source), ("channel", .channel),
        ("referrer", .referrer), ("utm_source", .utmSource), ("utm_medium", .utmMedium),
        ("utm_campaign", .utmCampaign), ("utm_content", .utmContent), ("utm_term", .utmTerm), ("device", .device),
        ("browser", .browser), ("os", .os), ("country", .country), ("visitor_kind", .visitorKind),
    ]

    /// All that is known of a visit but whose it is, as the list says it.
    private static func line(_ item: [String: Any]) -> String {
        let numbers = counts.map { "\(item[$0] as? Int ?? -1)" }
        let flags = flags.map { "\(item[$0] as? Bool == true)" }
        let times = ["started_at", "ended_at"].map { item[$0] as? String ?? "" }
        return (times + numbers + flags + texts.map { item[$0.name] as? String ?? "" }).joined(separator: "|")
    }

    /// The same as the plan says it.
    private static func line(_ visit: TrueSession) -> String {
        let activity = visit.activity
        let numbers = [
            activity.pageviews, activity.events, activity.productViews, activity.addToCarts, activity.checkouts,
            activity.purchases, activity.leadEvents,
        ]
        let flags = [
            visit.isBounce, visit.isEngaged, visit.isConverted, visit[.returning] == "true", visit.isBot,
        ]
        let times: [String] = [instant(visit.start), instant(visit.end)]
        let values: [String] = texts.map { visit[$0.1] }
        let parts: [String] = times + numbers.map { "\($0)" } + flags.map { "\($0)" } + values
        return parts.joined(separator: "|")
    }

    /// By whole seconds: a fraction of a Double may lose its last millisecond.
    private static func instant(_ millis: Int64) -> String {
        let seconds = Date(timeIntervalSince1970: Double(millis / 1000)).ISO8601Format()
        let fraction = String(1000 + millis % 1000).dropFirst()
        return "\(seconds.dropLast()).\(fraction)Z"
    }

    /// One a handle, however often it was given.
    func compareLeads(_ totals: TrueTotals, _ asker: Asker) async throws {
        let items = try await asker.list("leads", pagesOf: 3)
        #expect(items.count == totals.total.activity.leads)
        #expect(Set(items.compactMap { $0["id"] as? String }).count == items.count)
        #expect(Set(items.compactMap { $0["email"] as? String }).count == items.count)
        let submissions = items.reduce(0) { $0 + ($1["submissions"] as? Int ?? 0) }
        #expect(submissions == totals.total.activity.leadEvents)
        for item in items.prefix(5) {
            let id = try #require(item["id"] as? String)
            let one = try #require(try await asker.get("leads/\(id)")["item"] as? [String: Any])
            #expect(NSDictionary(dictionary: one) == NSDictionary(dictionary: item))
            let session = try #require(item["session_id"] as? String)
            let visit = try #require(try await asker.get("sessions/\(session)")["item"] as? [String: Any])
            #expect(visit["leads"] as? Int ?? 0 > 0)
        }
    }

    /// Everything that was taken, crawlers and webhooks too; and that all of it is long ago.
    func compareShop(_ totals: TrueTotals, _ plan: SimulationPlan, _ asker: Asker) async throws {
        let shop = try await asker.get("shop")
        var names = totals.webhooks
        for visit in plan.sessions { names.merge(visit.names, uniquingKeysWith: +) }
        let found = try #require(shop["events_by_name"] as? [[String: Any]])
        let counts = found.map { ($0["name"] as? String ?? "", $0["events"] as? Int ?? 0) }
        #expect(Dictionary(counts, uniquingKeysWith: +) == names)
        let widget = totals.total.activity.widgetEvents
        let pixel = totals.total.activity.events + totals.bots.activity.events - widget
        let sources = ["pixel": pixel, "widget": widget, "webhook": totals.webhooks.values.reduce(0, +), "history": 0]
        #expect(shop["events_by_source"] as? [String: Int] == sources)
        #expect(shop["events"] as? Int == sources.values.reduce(0, +))

        let now = try await asker.get("realtime")
        #expect(now["visitors_now"] as? Int == 0)
        #expect(now["pageviews_30m"] as? Int == 0)
        #expect((now["recent"] as? [Any])?.isEmpty == true)
    }
}
