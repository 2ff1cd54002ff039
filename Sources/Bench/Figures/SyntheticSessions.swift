internal import EventModel
internal import Foundation
internal import Postgres
internal import ReadModels

/// Rows of `sessions.session` of a big shop, written directly: 35 days of visits of ten events each.
struct SyntheticSessions: Sendable {
    let lane: Lane
    let shop: ShopID
    let count: Int

    private static let days: Int64 = 35
    private static let dayMillis: Int64 = 86_400_000
    private static let eventsPerSession = 10
    private static let batch = 50_000
    private static let pages = 400
    private static let channels: [(channel: String, source: String, medium: String, referrer: String)] = [
        ("Direct", "(direct)", "(none)", ""), ("Organic Search", "google", "organic", "www.google.com"),
        ("Paid Search", "google", "cpc", "www.google.com"),
        ("Organic Social", "instagram", "social", "l.instagram.com"),
        ("Paid Social", "facebook", "paid", "l.facebook.com"), ("Email", "klaviyo", "email", ""),
    ]
    private static let countries = ["US", "DE", "GB", "FR", "CA", "AU", "NL", "AT"]

    /// The read model says that it is complete.
    func insert(_ connection: PostgresConnection) throws {
        var random = SplitMix64(state: 42)
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        for first in stride(from: 0, to: count, by: Self.batch) {
            _ = try connection.copyIn(Self.copy) { rows in
                for number in first..<min(count, first + Self.batch) { write(number, now, &random, &rows) }
            }
        }
        for name in Rig.readModels {
            _ = try connection.query(
                """
                insert into \(name).checkpoint (lane, position) values ($1, 0)
                on conflict (lane) do update set projected_at = clock_timestamp()
                """, [.int2(lane)])
        }
        try connection.execute("vacuum analyze sessions.session")
    }

    private func write(_ number: Int, _ now: Int64, _ random: inout SplitMix64, _ rows: inout PostgresCopyWriter) {
        let start = now - Int64.random(in: 0..<Self.days * Self.dayMillis, using: &random)
        // Two visits a visitor, whose key is as evenly spread as the gateway's keyed hashes.
        var bits = SplitMix64(state: UInt64(number / 2))
        let visitor = Key128(high: bits.next(), low: bits.next())
        let isConverted = Int.random(in: 0..<50, using: &random) == 0
        var activity = Activity()
        for step in 0..<Self.eventsPerSession {
            activity.add(Self.step(step, isConverted), at: start + Int64(step) * 40_000)
        }
        rows.startRow(columns: 38)
        rows.int2(lane)
        rows.int4(shop)
        rows.uuid(visitor.high, visitor.low)
        rows.timestamp(start)
        rows.timestamp(start + Int64(Self.eventsPerSession) * 40_000)
        rows.int8(0)
        rows.int2(Int16(VisitorKind.client.rawValue))
        rows.int4(isConverted ? 4 + 8 + 128 : 4 + 128)
        writeCounts(activity.total, &rows)
        writeTexts(&random, &rows)
        rows.text("")
        rows.text("")
        rows.null()
        rows.null()
        rows.text("")
        rows.bytes(activity.encoded())
        rows.bytes([])
        rows.bytes([])
    }

    private static func step(_ number: Int, _ isConverted: Bool) -> EventStep {
        switch number {
        case 8 where isConverted: .checkout
        case 9 where isConverted: .purchase
        case let number where number % 2 == 0: .pageView
        case 3, 5: .productView
        default: .other
        }
    }

    private func writeCounts(_ total: EventCounts, _ rows: inout PostgresCopyWriter) {
        for count in [
            total.pageviews, total.events, total.productViews, total.addToCarts, total.checkouts, total.purchases,
        ] { rows.int4(Int32(clamping: count)) }
        rows.int4(0)
    }

    private func writeTexts(_ random: inout SplitMix64, _ rows: inout PostgresCopyWriter) {
        let channel = Self.channels[Int.random(in: 0..<Self.channels.count, using: &random)]
        let page = "/products/item-\(Int.random(in: 0..<Self.pages, using: &random))"
        let isCampaign = channel.medium == "cpc"
        rows.text(Int.random(in: 0..<3, using: &random) == 0 ? "/" : page)
        rows.text(page)
        rows.text(channel.source)
        rows.text(channel.medium)
        rows.text(channel.channel)
        // A long tail of other sites.
        let tail = Int.random(in: 0..<4, using: &random) == 0
        rows.text(tail ? "blog-\(Int.random(in: 0..<300, using: &random)).example" : channel.referrer)
        rows.text(isCampaign ? "google" : "")
        rows.text(isCampaign ? "cpc" : "")
        rows.text(isCampaign ? "campaign-\(Int.random(in: 0..<40, using: &random))" : "")
        rows.text("")
        rows.text("")
        rows.text(Int.random(in: 0..<10, using: &random) < 6 ? "mobile" : "desktop")
        rows.text(["Chrome", "Safari", "Firefox", "Edge"][Int.random(in: 0..<4, using: &random)])
        rows.text(["Android", "iOS", "Windows", "Mac OS X"][Int.random(in: 0..<4, using: &random)])
        rows.text(Self.countries[Int.random(in: 0..<Self.countries.count, using: &random)])
    }

    /// The columns in the order of schema/projections/sessions.sql, but `version`, which stands sixth there too.
    private static let copy = """
        copy sessions.session (lane, shop_id, visitor, started_at, ended_at, version, visitor_kind, flags, pageviews,
            events, product_views, add_to_carts, checkouts, purchases, leads, entry_page, exit_page, source, medium, channel,
            referrer, utm_source, utm_medium, utm_campaign, utm_content, utm_term, device, browser, os, country, cart_token,
            checkout_token, cart_value, checkout_value, currency, activity, state, positions)
        from stdin (format binary)
        """
}

/// The same rows in every run.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
