import EventLog
import EventModel
import Foundation
import Postgres
import Privacy
import Reactors
import Registry
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
