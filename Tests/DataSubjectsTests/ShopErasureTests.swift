import EventLog
import EventModel
import Foundation
import Postgres
import Privacy
import Reactors
import Registry
import Synchronization
import TestSupport
import Testing

@testable import DataSubjects

@Suite("Erasure of a shop")
struct ShopErasureTests {
    private func redact(_ world: ErasureWorld, at time: Int64 = ErasureWorld.now) async throws -> SubjectRequest {
        try await world.record("shop/redact", "{}", at: time, identity: "redact \(time)")
        try await world.project()
        let head = try world.head()
        let task = ReactorTask(
            id: 1, lane: world.shop.lane, shop: world.shop.id, reactor: "privacy", key: "k",
            payload: #"{"position":\#(try world.head())}"#, attempt: 1, claim: 1)
        for _ in 0..<100 {
            if try await PrivacyReactor(world.parts).run(task, NoProgress()) == .done { break }
            try await world.follower.begin()
            try await world.project()
        }
        return try #require(try await world.desk.list(RequestFilter()).first { $0.position == head })
    }

    @Test("nothing of it can be read any more, and its domain can be installed again")
    func whole() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try world.connection.execute(
                """
                insert into registry.api_key (id, hash, shop_id, scopes) values ('k', '\\x01', \(world.shop.id), '{}');
                insert into shopify.installation values
                    (\(world.shop.id), gen_random_uuid(), 1, '{}', now(), now(), null)
                """)
            #expect(try ShopRegistry.uninstall(domain: world.shop.domain, on: world.connection))
            let request = try await redact(world)
            #expect(request.state == .done && request.kind == .shopErasure)
            let row = try world.connection.query("select status, domain, wrapped_key from registry.shop")[0]
            #expect(row.text(0) == "redacted" && row.text(1) != world.shop.domain)
            #expect(row.bytes(2) != world.shop.wrappedKey)
            #expect(throws: PrivacyError.self) { try world.vault.unwrap(row.bytes(2)) }
            #expect(try ShopRegistry.list(on: world.connection).isEmpty)
            for table in ["registry.subject_key", "shopify.installation", "orders.shop_order", "subjects.mention"] {
                #expect(try world.connection.query("select 1 from \(table)").isEmpty, "\(table)")
            }
            #expect(try world.connection.query("select 1 from registry.api_key where revoked_at is null").isEmpty)
            #expect(try LogVerifier(world.connection).verify(lane: world.shop.lane).isIntact)
            let receipt = try await world.receipt(request.id)
            #expect((receipt["shop"] as? [String: Any])?["domain"] as? String == world.shop.domain)
            try expectAccount(receipt, of: world)
            let again = try ShopRegistry.add(
                domain: world.shop.domain, timezone: "UTC", currency: "EUR",
                wrappedKey: world.vault.wrap(Vault.newKey()), on: world.connection)
            #expect(again.id != world.shop.id)
            await #expect(throws: RequestRefusal.self) { try await world.ask { $0.email = "a@example.com" } }
        }
    }

    /// The receipt says what was erased: the log's stretch by lane, keys by fingerprint, rows by read model.
    private func expectAccount(_ receipt: [String: Any], of world: ErasureWorld) throws {
        let keys = try #require(receipt["keys"] as? [String: Any])
        #expect(keys["shop_key_destroyed"] as? Bool == true)
        // The order's key, the webhook's, and the shop's own.
        let count = try #require(keys["destroyed"] as? Int)
        #expect(count >= 2 && (keys["fingerprints"] as? [String])?.count == count)
        let events = try world.connection.query(
            "select count(*), min(position), max(position) from log.event where shop_id = $1", [.int4(world.shop.id)]
        )[0]
        let log = try #require(receipt["log"] as? [String: Any])
        let lanes = try #require(log["lanes"] as? [[String: Any]])
        #expect(log["events"] as? Int == Int(events.int64(0)) && lanes.count == 1)
        #expect(lanes[0]["lane"] as? Int == Int(world.shop.lane))
        #expect(lanes[0]["first_position"] as? Int == Int(events.int64(1)))
        #expect(lanes[0]["last_position"] as? Int == Int(events.int64(2)))
        let models = try #require(receipt["read_models"] as? [[String: Any]])
        #expect(models.contains { $0["name"] as? String == "orders" && ($0["rows"] as? Int ?? 0) > 0 })
        #expect((receipt["steps"] as? [String: Any])?["shopify"] != nil)
    }

    /// What was there.
    private static func exchange(_ value: inout Bool, _ new: Bool) -> Bool {
        defer { value = new }
        return value
    }

    /// Works requests off beside each other, the first one's process ending once after each step.
    private func workOff(
        _ requests: [Key128], _ world: ErasureWorld, _ ends: @escaping @Sendable (Bool) -> Bool
    ) async throws {
        let ended = Mutex<Set<String>>([])
        var parts = world.parts
        parts.observe = { step, isNoted in
            guard ends(isNoted), ended.withLock({ $0.insert("\(step) \(isNoted)").inserted }) else { return }
            throw Crash()
        }
        for _ in 0..<200 {
            var isOver = true
            for (index, request) in requests.enumerated() {
                do {
                    let flow = RequestFlow(parts: index == 0 ? parts : world.parts)
                    if try await flow.advance(request) != .over { isOver = false }
                } catch is Crash {
                    isOver = false
                }
            }
            if isOver { return }
            try await world.follower.begin()
            try await world.project()
        }
        throw Crash()
    }

    @Test(
        "an end of the process after every step; what persons asked is over when the shop is gone, not before",
        arguments: ["never", "before it is noted", "after it is noted"])
    func crashes(_ ends: String) async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.project()
            var access = SubjectAsk(.access)
            access.customerID = "11"
            let person = try await world.ask { $0.email = "anna@example.com" }
            let wish = try await world.desk.ask(access, shop: world.shop.id, origin: .api)
            #expect(try ShopRegistry.uninstall(domain: world.shop.domain, on: world.connection))
            let shop = try await world.desk.ask(SubjectAsk(.shopErasure), shop: world.shop.id, origin: .cli)
            try await workOff([shop.id, person.id, wish.id], world) { isNoted in
                ends == (isNoted ? "after it is noted" : "before it is noted")
            }
            #expect(try await world.desk.find(shop.id)?.state == .done)
            let receipt = try await world.receipt(shop.id)
            #expect((receipt["keys"] as? [String: Any])?["shop_key_destroyed"] as? Bool == true)
            // The shop is closed before any of them is worked on: the person's request waits for its end.
            let statements = try await world.receipt(person.id)["statements"] as? [String]
            #expect(statements?.count == 1 && statements?.first?.contains("earlier request") == true)
            // Nobody is told that what was to be handed out has been erased on demand.
            let asked = try #require(try await world.desk.find(wish.id))
            #expect(asked.state == .refused && !asked.hasReceipt)
        }
    }

    @Test("while the shop is closed and its keys are there nothing is signed")
    func closed() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.project()
            let person = try await world.ask { $0.email = "anna@example.com" }
            #expect(try ShopRegistry.uninstall(domain: world.shop.domain, on: world.connection))
            let shop = try await world.desk.ask(SubjectAsk(.shopErasure), shop: world.shop.id, origin: .cli)
            var parts = world.parts
            parts.observe = { step, isNoted in if step == .closed, isNoted { throw Crash() } }
            await #expect(throws: Crash.self) { try await RequestFlow(parts: parts).advance(shop.id) }
            #expect(try await RequestFlow(parts: world.parts).advance(person.id) == .waits(.seconds(1)))
            #expect(try await world.desk.find(person.id)?.hasReceipt == false)
            try await world.workOff(shop.id)
            try await world.workOff(person.id)
            #expect(try await world.desk.find(person.id)?.hasReceipt == true)
        }
    }

    @Test("the search of a shop looks into every table, and takes rows away that came behind the tombstone")
    func search() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            #expect(try ShopRegistry.uninstall(domain: world.shop.domain, on: world.connection))
            let request = try await world.desk.ask(SubjectAsk(.shopErasure), shop: world.shop.id, origin: .cli)
            let (database, id) = (world.database, world.shop.id)
            let isThere = Mutex(false)
            world.parts.observe = { step, isNoted in
                guard step == .vacuumed, isNoted, !isThere.withLock({ Self.exchange(&$0, true) }) else { return }
                // Written by a process that still spoke to Shopify when the steps had passed; cleared by the next pass.
                let connection = PostgresConnection(database)
                defer { connection.close() }
                try connection.execute("insert into reactor.throttle values (\(id), now())")
            }
            try await world.workOff(request.id)
            let (shop, lane) = (world.shop.id, world.shop.lane)
            let nothing = try AfterSearch.tables(shop, ErasureWorld.projections, on: world.connection)
            #expect(nothing.filter { AfterSearch.mustBeNone($0.key) }.allSatisfy { $0.value == 0 })
            try world.connection.execute(
                """
                insert into reactor.throttle values (\(shop), now());
                insert into subjects.mention values (\(lane), \(shop), gen_random_uuid(), 1, 1)
                """)
            let late = try AfterSearch.removeLateRows(of: shop, from: ErasureWorld.projections, on: world.connection)
            #expect(late == 1)
            let left = try AfterSearch.tables(shop, ErasureWorld.projections, on: world.connection)
            #expect(left["rows_of_reactor.throttle"] == 1 && left["tables_searched"] ?? 0 > 20)
        }
    }

    @Test("the stretch of a shop among others in the log, and what retention has dropped of it")
    func stretch() async throws {
        try await ErasureWorld.with { world in
            try await world.order(101, of: "anna", customer: 11)
            try await world.order(102, of: "anna", customer: 11, minutes: 1)
            let found = try LogStretch.of(world.shop.id, on: world.connection)
            #expect(found == [LogStretch(lane: world.shop.lane, events: 2, range: 1...2)])
            #expect(try LogStretch.of(world.shop.id + 1, on: world.connection).isEmpty)
        }
    }

    @Test("refused while the app is installed, unless that is an installation whose end we missed")
    func reinstalled() async throws {
        try await ErasureWorld.with { world in
            let refused = try await redact(world)
            #expect(refused.state == .refused && refused.message?.contains("is installed") == true)
            let ask = try await world.desk.ask(SubjectAsk(.shopErasure), shop: world.shop.id, origin: .cli)
            try await world.workOff(ask.id)
            #expect(try await world.desk.find(ask.id)?.state == .refused)
            try world.connection.execute("update registry.shop set installed_at = now() - interval '1 year'")
            let done = try await redact(world, at: ErasureWorld.now + 1)
            #expect(done.state == .done)
        }
    }
}
