import EventModel
import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import EventLog

/// Keys, the quarantine, rules, and what the log is told.
@Suite struct RetentionRestTests {
    private static let day = RetentionTests.day

    private static func shops(_ connection: PostgresConnection, _ count: Int) throws {
        try connection.execute(
            """
            insert into registry.shop (domain, lane, account_id, timezone, currency, wrapped_key)
            select n || '.myshopify.com', 0, n::text, 'UTC', 'EUR', '' from generate_series(1, \(count)) n
            """)
    }

    /// A key of a shop, stored so many days before `Samples.noon`.
    private static func key(_ connection: PostgresConnection, _ id: UInt64, shop: ShopID, daysAgo: Int64) throws {
        _ = try connection.query(
            """
            insert into registry.subject_key (lane, shop_id, key_id, handle_kind, handle, wrapped, created_at)
            values (0, $1, $2, 2, $2, '', $3)
            """, [.int4(shop), .uuid(0, id), .timestamp(Samples.noon - daysAgo * day)])
    }

    @Test func keysGoWithTheLastEventTheyMaySeal() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.shops(connection, 2)
            try Self.key(connection, 1, shop: 1, daysAgo: 104)
            try Self.key(connection, 2, shop: 1, daysAgo: 102)
            try Self.key(connection, 3, shop: 2, daysAgo: 44)
            try Self.key(connection, 4, shop: 2, daysAgo: 42)
            let override = RetentionRules.Override(shop: 2, subject: .everything, days: 40)
            let rules = RetentionTests.rules(days: 30, ["orders/create": 100], overrides: [override])
            let retention = RetentionTests.retention(connection, rules)
            let plan = try retention.plan(at: Samples.noon)
            #expect(plan.shops.map(\.shop) == [1, 2] && plan.shops.map(\.keys) == [1, 1])
            let report = try retention.apply(at: Samples.noon)
            #expect(report.shops == plan.shops)
            let left = try connection.query("select key_id from registry.subject_key order by key_id")
            #expect(left.map { $0.uuid(0).1 } == [2, 4])
            #expect(try retention.apply(at: Samples.noon).shops.isEmpty)
        }
    }

    @Test func theQuarantineIsCleared() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.shops(connection, 1)
            for (shop, age, replayed) in [(1, 200, nil), (1, 100, 8), (1, 100, 6), (1, 100, nil), (0, 200, nil)]
                as [(ShopID, Int64, Int64?)]
            {
                _ = try connection.query(
                    """
                    insert into log.quarantine (lane, shop_id, reason, record, quarantined_at, replayed_at)
                    values (0, $1, 1, '', $2, $3)
                    """,
                    [
                        .int4(shop), .timestamp(Samples.noon - age * Self.day),
                        replayed.map { .timestamp(Samples.noon - $0 * Self.day) } ?? .null,
                    ])
            }
            let retention = RetentionTests.retention(connection, RetentionTests.rules(days: 30))
            let plan = try retention.plan(at: Samples.noon)
            #expect(plan.shops.map(\.quarantined) == [1, 2])
            #expect(try retention.apply(at: Samples.noon).shops == plan.shops)
            #expect(try connection.query("select 1 from log.quarantine").count == 2)
        }
    }

    @Test func theLogIsToldOnceAlsoAfterAFailure() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try RetentionTests.fill(connection)
            try Self.shops(connection, 1)
            try Self.key(connection, 1, shop: 1, daysAgo: 100)
            let told = Mutex<[RetentionResult]>([])
            let isAway = Mutex(true)
            var keeping = RetentionConfiguration(
                postgres: configuration, mode: .apply,
                sources: [.pixel: RetentionRules.Source(seconds: [:], othersSeconds: 10 * 86_400)],
                projected: { _ in [0: 1000] },
                tell: { result in
                    if isAway.withLock({ $0 }) { throw EventLogError(.notFound, "away") }
                    told.withLock { $0.append(result) }
                },
                age: { _, _, run in
                    var counts = RetentionReport.ShopCounts(shop: 1)
                    counts.leads = run == nil ? 0 : 1
                    return [counts]
                })
            keeping.clock = { RetentionTests.firstEnd + 10 * RetentionTests.day }
            let keeper = RetentionKeeper(keeping, logger: Samples.silent)
            #expect(try await keeper.plan().events == 101)
            await #expect(throws: EventLogError.self) { _ = try await keeper.apply() }
            isAway.withLock { $0 = false }
            #expect(try await keeper.apply().events == 0)
            let texts = told.withLock { $0 }.map { String(decoding: $0.payload, as: UTF8.self) }
            #expect(texts.count == 1)
            #expect(texts.first?.contains(#""partitions" : ["event_20261116"], "events" : 101, "keys" : 1"#) == true)
            #expect(try LogRetention.untold(on: connection).isEmpty)
        }
    }

    @Test func rulesGoFromTheParticularToTheGeneral() {
        let overrides: [(ShopID?, RetentionClass, Int)] = [
            (nil, .source(.pixel), 50), (nil, .event(.pixel, "clicked"), 20), (7, .everything, 40), (7, .leads, 365),
            (8, .event(.webhook, "orders/create"), 4000),
        ]
        let rules = RetentionTests.rules(
            days: 100, ["orders/create": 3000],
            overrides: overrides.map { RetentionRules.Override(shop: $0, subject: $1, days: $2) })
        func days(_ name: String, _ source: EventSource, _ shop: ShopID) -> Int64 {
            rules.keepMillis(of: name, from: source, of: shop) / Self.day
        }
        #expect(days("clicked", .pixel, 1) == 20 && days("page_viewed", .pixel, 1) == 50)
        #expect(days("clicked", .pixel, 7) == 40 && days("lead", .widget, 1) == 100)
        #expect(days("orders/create", .history, 1) == 3000 && days("orders/create", .webhook, 8) == 4000)
        // Footfall's own records stay as long as anything else may.
        #expect(days("privacy.erased", .system, 7) == 4000)
        #expect(rules.longestMillis(of: 7) / Self.day == 40 && rules.longestMillis(of: 8) / Self.day == 4000)
        #expect(rules.longestMillis(of: 1) / Self.day == 3000 && rules.shortestMillis / Self.day == 20)
        #expect(rules.keepMillis(.leads, of: 7) / Self.day == 365 && rules.keepMillis(.leads, of: 1) / Self.day == 730)
    }

    @Test(arguments: ["all", "pixel", "pixel:page_viewed", "webhook:orders/create", "leads", "quarantine", "system"])
    func classesAreReadAsTheyAreWritten(_ text: String) {
        #expect(RetentionClass(text)?.description == text)
        #expect(RetentionClass("history:" + text) == nil)
    }

    @Test(arguments: ["", "pixel:", "leads:", "all:pixel", "visits", "Pixel"])
    func otherTextsAreNoClass(_ text: String) {
        #expect(RetentionClass(text) == nil)
    }

    @Test func operatorsRulesAreKept() async throws {
        try await TestStores.shared.withDatabase { configuration in
            let connection = PostgresConnection(configuration)
            try Self.shops(connection, 1)
            let rules = [
                RetentionRules.Override(shop: 1, subject: .event(.pixel, "clicked"), days: 9),
                RetentionRules.Override(shop: nil, subject: .checkouts, days: 30),
            ]
            for rule in rules { try rule.set(on: connection) }
            try RetentionRules.Override(shop: nil, subject: .checkouts, days: 31).set(on: connection)
            #expect(try RetentionRules.Override.all(on: connection).map(\.days) == [9, 31])
            #expect(try RetentionRules.Override.remove(.checkouts, of: nil, on: connection))
            #expect(try !RetentionRules.Override.remove(.checkouts, of: 1, on: connection))
            #expect(try RetentionRules.Override.all(on: connection) == [rules[0]])
        }
    }
}
