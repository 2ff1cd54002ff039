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
                #expect(next.key == "reconcile:orders:\(world.shop.id):\((SyncWorld.now + 86_400_000) / 86_400_000)")
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
            #expect(await told.words == ["end \(world.shop.id) 5", "scopes \(world.shop.id) read_orders"])

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

@Suite("Sync: draft orders")
struct SyncDraftOrderTests {
    private static let url = "https://sync.myshopify.com/1/invoices/secret-key"
    private static let session = Key128(high: 1, low: 2)

    private func ask(_ desk: DraftOrderDesk, _ world: SyncWorld, quantity: Int = 1) async throws -> Key128 {
        let line = DraftOrderLine(variantID: 5, quantity: quantity)
        let answer = try await desk.ask([line], session: Self.session, shop: world.shop.id)
        guard case .asked(let request) = answer else { throw TaskFailure.permanent("\(answer)") }
        return request
    }

    private func draft(_ tag: String = "") -> String {
        """
        {"id":"gid://shopify/DraftOrder/1","name":"#D1","status":"OPEN","invoiceUrl":"\(Self.url)","tags":["\(tag)"]}
        """
    }

    private func only(_ world: SyncWorld, attempt: Int = 1) throws -> ReactorTask {
        let row = try #require(ReactorDesk.list(on: world.connection).first)
        return ReactorTask(
            id: row.id, lane: 0, shop: row.shop, reactor: row.reactor, key: row.key, payload: row.payload,
            attempt: attempt, claim: 1)
    }

    @Test("a request becomes a draft order; its address is for the one who asked, sealed, and in no event")
    func created() async throws {
        try await SyncWorld.with { world in
            world.admin.on(
                .draftOrderCreate, #"{"draftOrderCreate":{"draftOrder":\#(self.draft()),"userErrors":[]}}"#)
            let desk = DraftOrderDesk(shops: world.directory)
            let request = try await self.ask(desk, world, quantity: 2)
            #expect(
                try await desk.status(request, session: Self.session, shop: world.shop.id)?.state == .asked)
            let reactor = DraftOrderReactor(
                admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
            let outcome = try await reactor.run(self.only(world), SavedProgress())
            guard case .done(let effects) = outcome else { throw TaskFailure.permanent("\(outcome)") }
            #expect(effects.results.map(\.name) == ["draft_order.created"])
            #expect(!effects.results[0].payload.contains("secret-key"))
            let status = try #require(await desk.status(session: Self.session, shop: world.shop.id))
            #expect(status.state == .created && status.name == "#D1" && status.invoiceURL == Self.url)
            #expect(status.request == request)
            #expect(try await desk.status(request, session: Self.session, shop: world.shop.id + 1) == nil)
            let other = Key128(high: 9, low: 9)
            #expect(try await desk.status(request, session: other, shop: world.shop.id) == nil)
            #expect(try await desk.status(session: other, shop: world.shop.id) == nil)
            let rows = try world.connection.query("select sealed_url from shopify.draft_order")
            #expect(!String(decoding: rows[0].bytes(0), as: UTF8.self).contains("secret-key"))
            let sent = try #require(world.admin.calls(.draftOrderCreate).first)
            #expect(sent.contains(#"gid:\/\/shopify\/ProductVariant\/5"#))
        }
    }

    @Test("a creation whose answer was lost is found by its tag and not repeated")
    func found() async throws {
        try await SyncWorld.with { world in
            let desk = DraftOrderDesk(shops: world.directory)
            let request = try await self.ask(desk, world)
            world.admin.on(
                .draftOrders,
                #"{"draftOrders":{"nodes":[\#(self.draft("other")),\#(self.draft("footfall-\(request.uuid)"))]}}"#)
            let reactor = DraftOrderReactor(
                admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
            _ = try await reactor.run(self.only(world, attempt: 2), SavedProgress())
            #expect(
                try await desk.status(request, session: Self.session, shop: world.shop.id)?.state == .created)
            #expect(world.admin.calls(.draftOrderCreate).isEmpty)
        }
    }

    @Test("what Shopify refuses is told to the one who asked; nonsense is no request")
    func refused() async throws {
        try await SyncWorld.with { world in
            let desk = DraftOrderDesk(shops: world.directory)
            let lines = [0, 999].map { [DraftOrderLine(variantID: 1, quantity: $0)] } + [[]]
            for line in lines {
                #expect(try await desk.ask(line, session: Self.session, shop: world.shop.id) == .unfit)
            }
            world.admin.on(
                .draftOrderCreate,
                """
                {"draftOrderCreate":{"draftOrder":null,"userErrors":[{"field":["lineItems"],
                "message":"Product with ID 5 is no longer available."}]}}
                """)
            let request = try await self.ask(desk, world)
            let reactor = DraftOrderReactor(
                admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
            await #expect(throws: TaskFailure.self) { try await reactor.run(self.only(world), SavedProgress()) }
            let status = try #require(await desk.status(request, session: Self.session, shop: world.shop.id))
            #expect(status.state == .failed && status.message?.contains("no longer available") == true)
        }
    }

    @Test("a session asks a few times, a shop a hundred times an hour; old requests are let go")
    func limits() async throws {
        try await SyncWorld.with { world in
            let desk = DraftOrderDesk(shops: world.directory)
            let line = [DraftOrderLine(variantID: 5, quantity: 1)]
            func ask(_ session: UInt64) async throws -> DraftOrderAnswer {
                try await desk.ask(line, session: Key128(high: 0, low: session), shop: world.shop.id)
            }
            for _ in 0..<DraftOrderDesk.requestsOfSessionMax { #expect(try await ask(1) != .tooMany) }
            #expect(try await ask(1) == .tooMany)
            _ = try world.connection.query(
                """
                insert into shopify.draft_order (request, shop_id, session, state)
                select gen_random_uuid(), $1, gen_random_uuid(), 'asked' from generate_series(1, $2)
                """, [.int4(world.shop.id), .int8(DraftOrderDesk.requestsOfShopHourMax)])
            #expect(try await ask(2) == .tooMany)
            try world.connection.execute("update shopify.draft_order set asked_at = now() - interval '31 days'")
            #expect(try await ask(1) != .tooMany)
            #expect(try world.connection.query("select count(*) from shopify.draft_order")[0].int64(0) == 1)
        }
    }
}
