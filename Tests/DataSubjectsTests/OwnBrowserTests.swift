import DataSubjects
import EventModel
import Foundation
import Postgres
import Privacy
import Recorder
import TestSupport
import Testing

/// An export has what an erasure would take, also where the person is not named.
@Suite("What an export has of browsers and of what was set aside")
struct OwnBrowserTests {
    private static let before = ErasureWorld.now - 3 * 86_400_000

    /// A visit some days before, in which nobody is named; something is typed that only the browser's key seals.
    private func visit(_ world: ErasureWorld, _ browser: String) throws {
        try world.pixel(
            """
            {"name":"page_viewed","id":"p","clientId":"\(browser)",
            "context":{"document":{"location":{"href":"https://shop.example/beds/\(browser)"}}}}
            """, at: Self.before)
        try world.pixel(
            #"{"name":"search_submitted","id":"s","clientId":"\#(browser)","data":{"searchResult":{"query":"\#(browser) soft"}}}"#,
            at: Self.before + 1000)
        try world.pixel(
            #"{"name":"input_changed","id":"i","clientId":"\#(browser)","data":{"element":{"value":"\#(browser) typed"}}}"#,
            at: Self.before + 2000)
    }

    private func checkout(_ world: ErasureWorld, _ browser: String, _ person: String, _ customer: Int) throws {
        try world.pixel(
            """
            {"name":"checkout_completed","id":"c-\(person)-\(browser)","clientId":"\(browser)","data":{"checkout":{
            "token":"token-\(person)-\(browser)","email":"\(person)@example.com",
            "order":{"id":"\(customer)\(browser.utf8.count)","customer":{"id":"\(customer)"}}}}}
            """)
    }

    private func export(_ world: ErasureWorld, customer: String) async throws -> [[String: Any]] {
        var ask = SubjectAsk(.access)
        ask.customerID = customer
        let request = try await world.desk.ask(ask, shop: world.shop.id, origin: .cli)
        try await world.workOff(request.id)
        let context = ShopContext(shop: world.shop.id, keys: try world.recorded.keys)
        let json = try #require(
            try ExportTable.open(request.id, context: context, nowMillis: ErasureWorld.now, on: world.connection))
        #expect(ExportPage.html(json) != nil)
        let document = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
        return document?["events"] as? [[String: Any]] ?? []
    }

    private func text(_ events: [[String: Any]]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: events), as: UTF8.self)
    }

    @Test(
        "earlier visits of a browser that is nobody else's are in it, with what was typed, and those of others are not")
    func visits() async throws {
        try await ErasureWorld.with { world in
            for browser in ["own", "hers", "family"] { try visit(world, browser) }
            try checkout(world, "own", "anna", 11)
            try checkout(world, "hers", "berta", 22)
            for (person, customer) in [("anna", 11), ("berta", 22)] {
                try checkout(world, "family", person, customer)
            }
            try await world.project()
            let events = try await export(world, customer: "11")
            let own = events.filter { $0["link"] as? String == "own_browser" }
            #expect(own.compactMap { $0["name"] as? String } == ["page_viewed", "search_submitted", "input_changed"])
            let (texts, all) = (try text(own), try text(events))
            #expect(texts.contains("own typed") && texts.contains("own soft"))
            #expect(events.count == 5 && !all.contains("hers") && !all.contains("family typed"))

            // The rule is the erasure's: it takes the same, and nothing of the others.
            let request = try await world.ask { $0.customerID = "11" }
            try await world.workOff(request.id)
            let left = try await world.opened().values.joined(separator: "\n")
            #expect(!left.contains("own typed") && left.contains("hers typed") && left.contains("family typed"))
        }
    }

    @Test("events that were set aside are in it, those of the person")
    func setAside() async throws {
        try await ErasureWorld.with { world in
            try checkout(world, "own", "anna", 11)
            try checkout(world, "hers", "berta", 22)
            for position in [Position(1), 2] {
                let record = try world.record(at: position)
                _ = try world.connection.query(
                    "insert into log.quarantine (lane, shop_id, reason, record) values ($1, $2, 1, $3)",
                    [.int2(world.shop.lane), .int4(world.shop.id), .bytes(record)])
            }
            try await world.project()
            let events = try await export(world, customer: "11")
            #expect(events.compactMap { $0["link"] as? String } == ["set_aside", "named"])
            let aside = try #require(events.first)
            #expect(aside["position"] is NSNull && aside["readable"] as? Bool == true)
            let (its, all) = (try text([aside]), try text(events))
            #expect(its.contains("anna@example.com") && !all.contains("berta"))
        }
    }
}
