import EventModel
import Projector
import ReadModels
import TestSupport
import Testing

/// Reading payloads without decoding them.
@Suite struct OrdersDocumentTests {
    static func tree(_ text: String) throws -> JSONNode { try JSONTree(Array(text.utf8)).root }

    @Test func valuesAreReadFromTheirText() throws {
        let root = try Self.tree(
            #"""
             { "id" : 820982911946154508, "gid":"gid://shopify/Order/820982911946154508?x=1", "money": "404.95",
               "number": 1.5e1, "dup": 1, "dup": 2, "na\u006de": "a\"b\u0000c", "none": null, "yes": true,
               "at": "2021-12-31T19:00:00-05:00", "lines": [ {"q": -3}, [], {} ], "who": {"sealed":true}, "\\": 9 }
            """#)
        #expect(root["id"]?.int64 == 820_982_911_946_154_508)
        #expect(root["gid"]?.id == 820_982_911_946_154_508)
        #expect(root["money"]?.money(exponent: 2) == 40_495 && root["money"]?.money(exponent: 3) == 404_950)
        #expect(root["number"]?.money(exponent: 2) == 1500 && root["number"]?.int64 == nil)
        #expect(root["dup"]?.int64 == 2)
        #expect(root["name"]?.text == "a\"bc")
        #expect(root["none"]?.isNull == true && root["none"]?.text == nil && root["missing"] == nil)
        #expect(root["yes"]?.bool == true)
        #expect(root["at"]?.time == Timestamp.parse("2022-01-01T00:00:00Z"))
        #expect(root["lines"]?.elements.count == 3 && root["lines"]?.elements[0]["q"]?.int64 == -3)
        #expect(root["who"]?.isSealed == true && root["lines"]?.isSealed == false)
        #expect(root["\\"]?.int64 == 9)
        #expect(root.members.map(\.name).suffix(3) == ["lines", "who", "\\"])
    }

    @Test func whatIsNoJSONIsRefused() {
        for text in ["", "{", "{\"a\":1}}", "[1,]", "nul"] {
            #expect(throws: JSONError.self) { try Self.tree(text) }
        }
    }

    @Test func theRecordedPayloadsAreIndexedWhole() throws {
        let cases = try Self.tree(String(decoding: Vectors.load("webhook_payloads"), as: UTF8.self))["cases"]
        let bodies = (cases?.elements ?? []).compactMap { $0["body"]?.text }
        #expect(bodies.count > 20)
        for body in bodies {
            let root = try Self.tree(body)
            #expect(root.type == .object && root.members.last?.value.isNull != nil)
        }
    }

    @Test func largeDocumentsEndABatchAndNothingIsLost() async throws {
        let filler = String(repeating: "x", count: 3 << 19)
        let events = (1...4).map { number in
            ShopEvent(
                name: "orders/updated",
                body: "{\"id\":\(number),\"updated_at\":\"2026-03-01T10:00:00Z\",\"line_items\":[],\"x\":\"\(filler)\"}"
            )
        }
        try await CommerceLog.with { log in
            try log.append(events)
            let reader = LaneReader(lane: CommerceLog.lane, log.configuration)
            let first = try await reader.read(after: 0, limit: 100)
            #expect(first.events.count == 2 && first.through == 2)
            let second = try await reader.read(after: 2, limit: 100)
            #expect(second.events.map(\.position) == [3, 4])
            #expect(try await reader.read(after: 4, limit: 100).events.isEmpty)
            #expect(try await reader.read(after: 1, limit: 1).events.map(\.position) == [2])
            await reader.close()
        }
    }
}
