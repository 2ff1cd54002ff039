import EventModel
import Foundation
import ReadModels
import Testing

/// Who returns is whom `visitors` counts: a customer is one visitor in any browser.
@Suite struct ReturningTests {
    private static let period = #""date_range":["2026-11-01","2026-11-20"]"#
    private static let query = """
        {"metrics":["visitors","sessions"],"dimensions":["visit:returning"],\(period),"order_by":[["visit:returning","asc"]]}
        """

    private static func visit(_ browser: Int, _ day: Int, customer: Int? = nil, flags: Int32 = 0) -> Visit {
        var visit = Visit(browser, "2026-11-\(day < 10 ? "0" : "")\(day)T10:00:00Z", flags: flags)
        (visit.customer, visit.kind) = (customer, customer == nil ? .client : .customer)
        return visit
    }

    private func rows(_ asking: Asking) async throws -> [String] {
        try await asking(Self.query).rows.map { texts($0) }
    }

    @Test func `A customer returns in another browser, and a browser's next customer is new`() async throws {
        // 900 in browsers 1 and 2, first without a login; 901 in browser 3 after 902.
        let visits = [
            Self.visit(1, 10), Self.visit(1, 11, customer: 900, flags: 32), Self.visit(2, 12, customer: 900),
            Self.visit(3, 10, customer: 902), Self.visit(3, 11, customer: 901, flags: 32), Self.visit(4, 10),
        ]
        try await World.with { world in
            try await world.project(visits, at: 1)
            let asking = Asking(world)
            #expect(try await rows(asking) == ["false 4 4", "true 1 2"])
            for (value, expected) in [("new", "4 4"), ("returning", "1 2")] {
                let answer = try await asking(
                    #"{"metrics":["visitors","sessions"],\#(Self.period),"filters":["is","visit:returning",["\#(value)"]]}"#
                )
                #expect(texts(answer.rows[0]) == expected)
            }
            // The first visit goes, and the login of browser 2 turns out to be another's.
            var other = visits[2]
            other.customer = 903
            try await world.project([other], removing: [visits[0]], at: 2)
            #expect(try await rows(asking) == ["false 5 5"])
        }
    }

    @Test func `Lists and single sessions say the same`() async throws {
        try await Site.with { site in
            try await site.world.project(
                [
                    Self.visit(1, 10, customer: 900), Self.visit(2, 11, customer: 900),
                    Self.visit(2, 12, customer: 901, flags: 32),
                ], at: 1)
            let list = try await site.ask("/api/analytics/sessions").json
            let items = try #require(list["items"] as? [[String: Any]])
            #expect(items.map { $0["returning"] as? Bool } == [false, true, false])
            for item in items {
                let id = try #require(item["id"] as? String)
                let single = try await site.ask("/api/analytics/sessions/\(id)").json["item"] as? [String: Any]
                #expect(single?["returning"] as? Bool == item["returning"] as? Bool)
            }
        }
    }

    /// A person's first visit is one, so over all time there are as many of them as there are visitors.
    @Test(arguments: [UInt64(1), 2, 3])
    func `There are as many first visits as visitors, also after changes`(seed: UInt64) async throws {
        try await World.with { world in
            var state = seed
            func pick(_ count: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % count
            }
            var visits: [Int: Visit] = [:]
            let asking = Asking(world)
            for round in 1...6 {
                let gone = visits.keys.sorted().filter { _ in pick(4) == 0 }.compactMap {
                    visits.removeValue(forKey: $0)
                }
                for _ in 0..<40 {
                    let (browser, day) = (pick(8), 1 + pick(19))
                    visits[browser * 100 + day] = Self.visit(browser, day, customer: pick(3) == 0 ? 50 + pick(5) : nil)
                }
                try await world.project(Array(visits.values), removing: gone, at: Int64(round))
                let followed = try await rows(asking)
                #expect(try await followed == rows(Asking(world)))
                let total = try await asking(#"{"metrics":["visitors"],\#(Self.period)}"#)
                let first = try #require(followed.first { $0.hasPrefix("false ") })
                #expect(first == "false \(texts(total.rows[0])) \(texts(total.rows[0]))")
            }
        }
    }
}
