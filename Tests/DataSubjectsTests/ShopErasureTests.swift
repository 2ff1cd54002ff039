import DataSubjects
import EventLog
import EventModel
import Foundation
import Postgres
import Privacy
import Reactors
import Registry
import TestSupport
import Testing

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
            #expect((receipt["keys"] as? [String: Any])?["shop_key_destroyed"] as? Bool == true)
            let again = try ShopRegistry.add(
                domain: world.shop.domain, timezone: "UTC", currency: "EUR",
                wrappedKey: world.vault.wrap(Vault.newKey()), on: world.connection)
            #expect(again.id != world.shop.id)
            await #expect(throws: RequestRefusal.self) { try await world.ask { $0.email = "a@example.com" } }
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
