import EventLog
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Recorder
import Registry
import TestSupport
import Testing

@testable import DataSubjects

/// Leads and checkouts that nobody comes back to.
@Suite struct AgeingTests {
    private static func lead(_ people: [(HandleKind, UInt64)], daysAgo: Int64) -> AgedEvent {
        AgedEvent(
            name: "lead", body: "{\"id\":\"lead-\(people.map(\.1))-\(daysAgo)\"}", source: .widget, daysAgo: daysAgo,
            handles: people + [(.client, people[0].1)])
    }

    private static func checkout(_ number: UInt64, _ people: [(HandleKind, UInt64)], daysAgo: Int64) -> AgedEvent {
        let time = Timestamp.text(AgedShop.now - daysAgo * AgedShop.day)
        return AgedEvent(
            name: "checkouts/update",
            body: """
                {"token":"t\(number)","cart_token":null,"created_at":"\(time)","updated_at":"\(time)","currency":"EUR",\
                "total_price":"12.00","line_items":[{}]}
                """, daysAgo: daysAgo, handles: people + [(.checkout, number)])
    }

    private static func order(_ number: UInt64, _ people: [(HandleKind, UInt64)], daysAgo: Int64) -> AgedEvent {
        let time = Timestamp.text(AgedShop.now - daysAgo * AgedShop.day)
        return AgedEvent(
            name: "orders/create",
            body: """
                {"id":\(number),"processed_at":"\(time)","updated_at":"\(time)","cart_token":null,\
                "checkout_token":"t\(number)","currency":"EUR","line_items":[]}
                """, daysAgo: daysAgo, handles: [(.order, number)] + people)
    }

    /// One is gone and nobody knows the others' second life: two came back, three bought, four is a customer.
    private static let events = [
        lead([(.email, 1), (.phone, 1)], daysAgo: 1000), lead([(.email, 2)], daysAgo: 1000),
        lead([(.email, 3)], daysAgo: 1000), order(3, [(.customer, 3), (.email, 3)], daysAgo: 990),
        lead([(.email, 4)], daysAgo: 980), checkout(4, [(.customer, 4), (.email, 4)], daysAgo: 900),
        // Five left a checkout behind, six is a lead as well, seven finished and eight has only just gone.
        lead([(.email, 6)], daysAgo: 300), checkout(6, [(.email, 6)], daysAgo: 120),
        checkout(7, [(.email, 7)], daysAgo: 119), order(7, [(.email, 7)], daysAgo: 119),
        checkout(5, [(.email, 5)], daysAgo: 92), lead([(.email, 2)], daysAgo: 20),
        checkout(8, [(.email, 8)], daysAgo: 10),
    ]

    @Test func whoGaveNoSignIsForgottenAndNobodyElse() async throws {
        try await AgedShop.with { shop in
            try shop.append(Self.events)
            try await shop.project()
            let planned = try await shop.aged.age(AgedShop.rules, at: AgedShop.now, run: nil)
            #expect(planned.map(\.leads) == [1] && planned.map(\.checkouts) == [3] && planned.map(\.keys) == [6])
            #expect(try shop.number("select count(*) from registry.subject_key") == shop.keyCount)
            let run = Key128(high: 1, low: 1)
            try shop.connection.execute("insert into privacy.retention_run values ('\(run.uuid)')")
            #expect(try await shop.aged.age(AgedShop.rules, at: AgedShop.now, run: run) == planned)
            #expect(try shop.number("select count(*) from registry.subject_key") == shop.keyCount - 6)
            #expect(try shop.number("select keys + leads + checkouts from privacy.retention_result") == 10)
            try await shop.project()
            #expect(try shop.statuses() == ["converted", "erased", "new", "new", "new"])
            #expect(try await shop.aged.age(AgedShop.rules, at: AgedShop.now, run: run).isEmpty)
            // Who comes back is a new lead.
            try shop.append([Self.lead([(.email, 1)], daysAgo: 0)])
            try await shop.project()
            #expect(try shop.statuses() == ["converted", "erased", "new", "new", "new", "new"])
        }
    }

    @Test func aCrashBeforeTheTombstoneIsMadeGood() async throws {
        try await AgedShop.with { shop in
            try shop.append(Self.events)
            try await shop.project()
            let run = Key128(high: 1, low: 1)
            try shop.connection.execute("insert into privacy.retention_run values ('\(run.uuid)')")
            shop.sink.isAway = true
            await #expect(throws: (any Error).self) {
                _ = try await shop.aged.age(AgedShop.rules, at: AgedShop.now, run: run)
            }
            shop.sink.isAway = false
            let again = try await shop.aged.age(AgedShop.rules, at: AgedShop.now, run: run)
            #expect(again.map(\.leads) == [1] && again.map(\.keys) == [4])
            try await shop.project()
            #expect(try shop.statuses().contains("erased"))
        }
    }

    @Test func aLaneThatIsNotReadIsLeftAlone() async throws {
        try await AgedShop.with { shop in
            try shop.append(Self.events)
            #expect(try await shop.aged.age(AgedShop.rules, at: AgedShop.now, run: nil).isEmpty)
        }
    }
}
