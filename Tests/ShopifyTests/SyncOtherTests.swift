import EventModel
import Foundation
import Postgres
import Reactors
import Synchronization
import Testing

@testable import Shopify

@Suite("Sync: reconciliation")
struct SyncReconcileTests {
    private func reconciler(_ world: SyncWorld) -> Reconciler {
        Reconciler(admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
    }

    private func order(_ id: Int, at time: String = "2026-05-28T10:00:00Z", lines: String = "") -> String {
        """
        {"id":"gid://shopify/Order/\(id)","updatedAt":"\(time)","refunds":[],
        "lineItems":{"pageInfo":{"hasNextPage":false},"nodes":[\(lines)]},"shippingLines":{"nodes":[]}}
        """
    }

    @Test("pages are read to the end; what is known already adds nothing; the next day begins with an overlap")
    func pages() async throws {
        try await SyncWorld.with { world in
            world.admin.on(.ordersUpdated) { variables throws(AdminError) in
                let isFirst = variables["after"] is NSNull || variables["after"] == nil
                return """
                    {"orders":{"pageInfo":{"hasNextPage":\(isFirst),"endCursor":"c1"},
                    "nodes":[\(isFirst ? self.order(1) : self.order(2))]}}
                    """
            }
            let payload = TaskJSON.text(Reconciler.State(resource: .orders))
            for _ in 0..<2 {
                guard case .done(let effects) = try await world.finish(self.reconciler(world), payload) else {
                    throw TaskFailure.permanent("x")
                }
                let next = try #require(effects.next.first)
                #expect(try next.key == world.nextDayKey("reconcile:orders"))
                #expect(next.payload.contains("\"since\":\(SyncWorld.now - 6 * 3_600_000)"))
            }
            #expect(await world.events.payloads("orders/updated").count == 2)
            let calls = world.admin.calls(.ordersUpdated)
            #expect(calls.count == 4 && calls[0].contains("updated_at:>='2026-05-2"))
        }
    }

    @Test("an order with more lines than a page shows is completed")
    func completed() async throws {
        try await SyncWorld.with { world in
            world.admin.on(
                .ordersUpdated,
                """
                {"orders":{"pageInfo":{"hasNextPage":false},"nodes":[{"id":"gid://shopify/Order/1",
                "updatedAt":"2026-05-28T10:00:00Z","refunds":[],"lineItems":{"pageInfo":{"hasNextPage":true,
                "endCursor":"l1"},"nodes":[{"id":"gid://shopify/LineItem/1"}]}}]}}
                """)
            world.admin.on(
                .orderLineItems,
                """
                {"order":{"id":"gid://shopify/Order/1","lineItems":{"pageInfo":{"hasNextPage":false},
                "nodes":[{"id":"gid://shopify/LineItem/2"}]}}}
                """)
            _ = try await world.finish(self.reconciler(world), TaskJSON.text(Reconciler.State(resource: .orders)))
            let text = try #require(await world.events.payloads("orders/updated").first)
            #expect(text.contains("LineItem/1") && text.contains("LineItem/2"))
        }
    }

    @Test("each resource has its own first run, a day after the installation")
    func schedule() async throws {
        try await SyncWorld.with { world in
            let header = EventHeader(
                shop: world.shop.id, source: .system, occurredAt: SyncWorld.now, receivedAt: SyncWorld.now, key: .zero,
                content: 0)
            let tasks = self.reconciler(world).tasks(
                for: ReactorEvent(lane: 0, position: 1, header: header, name: "shop.installed", payload: []))
            #expect(Set(tasks.map(\.key)).count == 4)
            #expect(tasks.allSatisfy { $0.runAt == SyncWorld.now + 86_400_000 })
        }
    }
}

@Suite("Sync: the end of an installation")
struct SyncLifecycleTests {
    /// Remembers what it was told.
    actor Told: InstallationKeeping {
        private(set) var words: [String] = []
        func end(_ shop: ShopID, atMillis: Int64) { words.append("end \(shop) \(atMillis)") }
        func change(_ shop: ShopID, scopes: [String], atMillis: Int64) {
            words.append("scopes \(shop) \(scopes.joined(separator: " "))")
        }
        func update(_ shop: ShopID) { words.append("update \(shop)") }
    }

    @Test("Shopify's words become calls, and our own word ends what was left to do before it")
    func words() async throws {
        try await SyncWorld.with { world in
            let told = Told()
            let reactor = LifecycleReactor(installations: told, shops: world.directory)
            func take(_ source: EventSource, _ name: String, _ payload: String, at millis: Int64) async throws {
                let header = EventHeader(
                    shop: world.shop.id, source: source, occurredAt: millis, receivedAt: millis, key: .zero, content: 0)
                let event = ReactorEvent(
                    lane: 0, position: 1, header: header, name: name, payload: Array(payload.utf8))
                for task in reactor.tasks(for: event) {
                    _ = try await reactor.run(world.task(reactor, task.payload), SavedProgress())
                }
            }
            try await take(.webhook, "app/uninstalled", "{}", at: 5)
            try await take(.webhook, "app/scopes_update", #"{"current":["read_orders"],"previous":[]}"#, at: 6)
            try await take(.webhook, "app/scopes_update", "{}", at: 7)
            try await take(.webhook, "shop/update", "{}", at: 8)
            let id = world.shop.id
            #expect(await told.words == ["end \(id) 5", "scopes \(id) read_orders", "update \(id)"])

            try TaskTable.insert(
                [NewTask(reactor: "import", key: "a"), NewTask(reactor: "lifecycle", key: "b")], lane: 0,
                shop: world.shop.id, on: world.connection)
            try world.connection.execute("update reactor.task set created_at = to_timestamp(100)")
            try TaskTable.insert(
                [NewTask(reactor: "import", key: "c")], lane: 0, shop: world.shop.id, on: world.connection)
            try await take(.system, "shop.uninstalled", "{}", at: 200_000)
            let left = try ReactorDesk.list(TaskFilter(state: .ready), on: world.connection).map(\.key)
            #expect(Set(left) == ["b", "c"])
        }
    }

    @Test("with the tenancy ends what was known of its pixel, its subscriptions, and what was under way")
    func leavesNothingThatLooksAlive() async throws {
        try await SyncWorld.with { world in
            let settings = PixelSettings(accountID: world.shop.accountID, endpoint: "https://app.example.com")
            let active = PixelStatus(id: "gid://shopify/WebPixel/1", state: .active, version: 3, settings: settings)
            try PixelTable.write(
                active, action: "created", shop: world.shop.id, nowMillis: SyncWorld.now, on: world.connection)
            let shop = world.shop.id
            for statement in [
                "insert into shopify.webhook_subscription values (\(shop), 'ORDERS_CREATE', '1', 'https://x', null, now())",
                """
                insert into shopify.import (shop_id, resource, state, started_at, updated_at)
                values (\(shop), 'orders', 'reading', now(), now()), (\(shop), 'products', 'finished', now(), now())
                """,
                "insert into shopify.draft_order (request, shop_id, state) values (gen_random_uuid(), \(shop), 'asked')",
                "update registry.shop set status = 'uninstalled' where id = \(shop)",
                "update registry.shop set status = 'uninstalled' where id = \(shop)",
            ] {
                try world.connection.execute(statement)
            }
            let after = try #require(try PixelTable.find(shop: shop, on: world.connection))
            #expect(after.state == .deleted && after.id == nil && after.version == 3 && after.settings == settings)
            let history = try PixelTable.history(shop: shop, on: world.connection)
            #expect(history.map(\.action) == ["deleted", "created"])
            #expect(history.first?.status.message == "the app was uninstalled")
            let states = try world.connection.query(
                """
                select string_agg(state, ',' order by resource), (select count(*) from shopify.webhook_subscription),
                    (select min(state) from shopify.draft_order) from shopify.import
                """)[0]
            #expect(states.text(0) == "failed,finished" && states.int64(1) == 0 && states.text(2) == "failed")
        }
    }
}
