import DataSubjects
import EventModel
import Foundation
import Pipelines
import Postgres
import Privacy
import Projector
import ReadModels
import Recorder
import TestSupport
import Testing

/// People who are named where they have nothing to do with it, by chance or on purpose: nothing of a stranger is erased or
/// handed out, and nobody can keep an erasure from being done.
@Suite("Erasure among strangers")
struct StrangerTests {
    private static let anna =
        #"{"email":"anna@example.com","name":"annalast","message":"tell berta@example.com, +49 301 2277","id":"a"}"#
    private static let gift = """
        {"name":"checkout_started","id":"g","clientId":"browser-a","data":{"checkout":{"token":"token-a","email":
        "anna@example.com","phone":null,"attributes":[{"key":"gift for","value":"berta@example.com"}]}}}
        """

    /// Anna has an order, a lead and a checkout that speak of Berta; Berta has an order.
    private func people(_ world: ErasureWorld) async throws {
        try await world.order(101, of: "anna", customer: 11)
        try await world.order(201, of: "berta", customer: 22, minutes: 2)
        try world.lead(Self.anna)
        try world.pixel(Self.gift)
        try await world.project()
    }

    private func erase(_ world: ErasureWorld, _ change: (inout SubjectAsk) -> Void) async throws -> [String: Any] {
        try await world.project()
        let request = try await world.ask(change)
        try await world.workOff(request.id)
        return try await world.receipt(request.id)
    }

    private func texts(_ world: ErasureWorld) async throws -> String {
        try await world.opened().values.joined(separator: "\n")
    }

    private func statements(_ receipt: [String: Any]) -> String {
        (receipt["statements"] as? [String] ?? []).joined(separator: "\n")
    }

    private func isFenced(_ world: ErasureWorld, _ email: String) throws -> Bool {
        let context = ShopContext(shop: world.shop.id, keys: try world.recorded.keys)
        let hash = try #require(context.handle(.email, email)).hash
        return try !world.connection.query(
            "select from privacy.fence where handle = $1", [.uuid(hash.high, hash.low)]
        ).isEmpty
    }

    /// What `footfall privacy verify` and a restore look for.
    private func isClean(_ world: ErasureWorld) async throws -> Bool {
        try await DeepSearch(pool: world.pool, buffer: world.buffer)
            .findFenced(shop: world.shop.id, schemas: ErasureWorld.projections).isEmpty
    }

    // MARK: What is asked for goes

    @Test("an address that Shopify names with two customers goes from both, as in its own samples")
    func twoCustomers() async throws {
        try await ErasureWorld.with { world in
            for (id, topic) in [
                ("docs-2026-01-orders-create", "orders/create"), ("docs-2026-01-checkouts-create", "checkouts/create"),
            ] {
                let vector = try #require(try PublicWebhook.all().first { $0.id == id })
                try await world.record(topic, vector.body, identity: id)
            }
            try await world.order(201, of: "berta", customer: 22)
            #expect(try await texts(world).contains("john@example.com"))
            let receipt = try await erase(world) { $0.email = "John@Example.com" }
            let left = try await texts(world)
            #expect(!left.contains("john@example.com") && left.contains("bertalast"))
            #expect(try isFenced(world, "john@example.com"))
            #expect((receipt["found"] as? [String: Any])?["anything"] as? Bool == true)
        }
    }

    @Test("a made-up event that names an address with somebody's customer number keeps nothing from being erased")
    func madeUp() async throws {
        try await ErasureWorld.with { world in
            try world.pixel(#"{"name":"x","id":"1","customData":{"customerId":"22","email":"carla@example.com"}}"#)
            try await world.order(201, of: "berta", customer: 22)
            try world.lead(#"{"email":"carla@example.com","name":"carlalast","id":"c"}"#)
            let receipt = try await erase(world) { $0.email = "carla@example.com" }
            let left = try await texts(world)
            #expect(!left.contains("carlalast") && left.contains("bertalast"))
            #expect(try isFenced(world, "carla@example.com"))
            #expect(statements(receipt).contains("Events of other persons"))
            #expect((receipt["steps"] as? [String: [String: Int]])?["traced"]?["kept_with_others"] == 1)
            try world.lead(#"{"email":"carla@example.com","name":"carlalast","id":"c2"}"#)
            #expect(try await !texts(world).contains("carlalast"))
            #expect(try await isClean(world))
        }
    }

    @Test("where only others name what was asked for, the receipt does not say that nothing was held")
    func onlyOthers() async throws {
        try await ErasureWorld.with { world in
            try world.pixel(#"{"name":"x","id":"1","customData":{"customerId":"22","email":"carla@example.com"}}"#)
            try await world.order(201, of: "berta", customer: 22)
            let words = statements(try await erase(world) { $0.email = "carla@example.com" })
            #expect(words.contains("the fence stands") && !words.contains("Nothing was held"))
            #expect(try isFenced(world, "carla@example.com"))
        }
    }

    // MARK: What is others' stays

    @Test("whoever speaks of the erased keeps all that is theirs", arguments: ["email", "phone", "customer"])
    func mentions(_ by: String) async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            _ = try await erase(world) { ask in
                switch by {
                case "email": ask.email = "berta@example.com"
                case "phone": ask.phone = "+49 301 2277"
                default: ask.customerID = "22"
                }
            }
            let left = try await world.opened().values
            #expect(left.count == 3 && left.allSatisfy { $0.contains("anna@example.com") })
            #expect(try !isFenced(world, "anna@example.com"))
            // Another order and another lead of hers are kept, too.
            try await world.order(102, of: "anna", customer: 11, minutes: 5)
            try world.lead(Self.anna.replacing("\"a\"", with: "\"a2\""))
            #expect(try await world.opened().count == 5)
            try await world.project()
            #expect(try await isClean(world))
            #expect(try await ProjectionRebuilder(world.projectorConfiguration()).verify().allSatisfy(\.isEqual))
        }
    }

    @Test("and is in nobody else's export")
    func access() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            try world.pixel(
                #"{"name":"search_submitted","id":"s","clientId":"b","data":{"searchResult":{"query":"berta@example.com"}}}"#
            )
            try await world.project()
            var ask = SubjectAsk(.access)
            ask.email = "berta@example.com"
            let request = try await world.desk.ask(ask, shop: world.shop.id, origin: .cli)
            try await world.workOff(request.id)
            let context = ShopContext(shop: world.shop.id, keys: try world.recorded.keys)
            let json = try #require(
                try ExportTable.open(request.id, context: context, nowMillis: ErasureWorld.now, on: world.connection))
            let text = String(decoding: json, as: UTF8.self)
            #expect(text.contains("bertalast") && !text.contains("anna"))
            #expect(text.contains("search_submitted"))
        }
    }

    @Test("two customers in a browser's event are no merged account")
    func merge() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            try world.pixel(#"{"name":"page_viewed","id":"m","customer":{"id":"22"},"data":{"customer":{"id":"11"}}}"#)
            _ = try await erase(world) { $0.customerID = "22" }
            let left = try await texts(world)
            #expect(left.contains("annalast") && left.contains("#101") && !left.contains("bertalast"))
        }
    }

    @Test("who names a stranger's order, address or number beside an own one gets nothing of the stranger's erased")
    func greedy() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            try world.pixel(
                """
                {"name":"checkout_completed","id":"e1","clientId":"evil","data":{"checkout":{"email":"evil@example.com",\
                "phone":"+493011177","token":"t","order":{"id":"101","customer":{"id":"11"}}}}}
                """)
            try world.pixel(#"{"name":"x","id":"e2","customData":{"email":"evil@example.com","phone":"+493011177"}}"#)
            try world.lead(#"{"email":"anna@example.com","phone":"+49666666","id":"e3"}"#)
            let before = try await texts(world)
            _ = try await erase(world) { ($0.email, $0.phone) = ("evil@example.com", "+49666666") }
            let left = try await texts(world)
            for mark in ["annalast", "#101", "gift for"] { #expect(before.contains(mark) && left.contains(mark)) }
            #expect(try !isFenced(world, "anna@example.com"))
            try await world.order(103, of: "anna", customer: 11, minutes: 7)
            #expect(try await texts(world).contains("#103"))
        }
    }

    // MARK: What comes later

    @Test("what strangers send of an erased person later leaves nothing to be found, and stays theirs")
    func later() async throws {
        try await ErasureWorld.with { world in
            try world.pixel(
                #"{"name":"checkout_started","id":"b","data":{"checkout":{"token":"token-b","email":"berta@example.com"}}}"#
            )
            _ = try await erase(world) { $0.email = "berta@example.com" }
            for round in 0..<2 {
                try world.lead(Self.anna.replacing("\"a\"", with: "\"later \(round)\""))
                try world.pixel(
                    """
                    {"name":"checkout_started","id":"l\(round)","data":{"checkout":{"token":"token-b","email":
                    "anna@example.com"}}}
                    """)
                try await world.project()
                #expect(try await isClean(world))
                let receipt = try await erase(world) { $0.email = "berta@example.com" }
                #expect((receipt["tombstones"] as? [Int])?.count == 1)
                let left = try await world.opened().values
                #expect(left.count == 2 * (round + 1) && left.allSatisfy { $0.contains("anna@example.com") })
            }
            #expect(try await ProjectionRebuilder(world.projectorConfiguration()).verify().allSatisfy(\.isEqual))
        }
    }

    @Test("a row that a search still finds is named by another tombstone, not searched for again and again")
    func searchedAgain() async throws {
        try await ErasureWorld.with { world in
            try await people(world)
            let request = try await world.ask { $0.customerID = "22" }
            let shop = world.shop
            let connection = world.connection
            world.parts.observe = { step, isNoted in
                guard step == .vacuumed, !isNoted else { return }
                throw Crash()
            }
            do { try await world.workOff(request.id) } catch is Crash {}
            world.parts.observe = { _, _ in }
            // As an older program's index has it.
            _ = try connection.query(
                """
                insert into subjects.mention (lane, shop_id, handle, kind, position)
                select lane, shop_id, handle, kind, 1 from privacy.fence where kind = 2 and shop_id = $1
                """, [.int4(shop.id)])
            _ = try connection.query("delete from subjects.mention where position = 1 and kind = 4")
            #expect(try await !isClean(world))
            try await world.workOff(request.id)
            #expect(try await isClean(world))
            #expect((try await world.receipt(request.id)["tombstones"] as? [Int])?.count == 2)
        }
    }

    @Test("a phone without its country is the one number that it can be; of two it is neither, and the receipt says so")
    func nationalPhone() async throws {
        try await ErasureWorld.with { world in
            try world.lead(#"{"phone":"+1 555-625-1199","name":"carlalast","id":"1"}"#)
            try world.lead(#"{"phone":"+49 170 123456","name":"doralast","id":"2"}"#)
            try world.lead(#"{"phone":"+43 170 123456","name":"emmalast","id":"3"}"#)
            let receipt = try await erase(world) { $0.phone = "555-625-1199" }
            #expect((receipt["found"] as? [String: Any])?["anything"] as? Bool == true)
            #expect(!statements(receipt).contains("without its country"))
            let open = try await erase(world) { $0.phone = "0170 123456" }
            #expect(statements(open).contains("without its country"))
            let left = try await texts(world)
            #expect(!left.contains("carlalast") && left.contains("doralast") && left.contains("emmalast"))
            let written = try await erase(world) { $0.phone = "49170123456" }
            #expect(!statements(written).contains("without its country"))
            #expect(try await !texts(world).contains("doralast"))
        }
    }

    // MARK: Leads and own browsers

    @Test("a lead with a phone only is not the lead of whom it speaks")
    func leads() async throws {
        try await ErasureWorld.with { world in
            try world.lead(#"{"phone":"+49301234567","message":"also berta@example.com","id":"1"}"#)
            try world.lead(#"{"email":"berta@example.com","id":"2"}"#)
            try await world.project()
            #expect(try world.connection.query("select 1 from leads.lead").count == 2)
        }
    }

    @Test("a shopper's own browser goes along, also where only the pixel knows the shopper")
    func ownBrowser() async throws {
        try await ErasureWorld.with { world in
            let page =
                #""clientId":"browser-c","context":{"document":{"location":{"href":"https://s/?email=carla@example.com"}}}"#
            try world.pixel(#"{"name":"page_viewed","id":"1",\#(page)}"#)
            try world.pixel(
                #"{"name":"input_changed","id":"2","clientId":"browser-c","data":{"element":{"value":"carlatyped"}}}"#)
            try world.pixel(
                """
                {"name":"checkout_completed","id":"3",\(page),"data":{"checkout":{"token":"token-c","email":"carla@example.com",\
                "phone":"+4930133","billingAddress":{"firstName":"carlafirst"},"order":{"id":"301","customer":{"id":"33"}}}}}
                """)
            try await world.order(201, of: "berta", customer: 22)
            let receipt = try await erase(world) { $0.customerID = "33" }
            let left = try await texts(world)
            #expect(!left.contains("carla") && left.contains("bertalast"))
            #expect((receipt["log"] as? [String: Any])?["events"] as? Int == 2)
            // Nobody vouches for the address, so who has it may come.
            #expect(try !isFenced(world, "carla@example.com"))
        }
    }
}
