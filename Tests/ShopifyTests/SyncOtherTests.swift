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
}

@Suite("Sync: draft orders")
struct SyncDraftOrderTests {
    private static let url = "https://sync.myshopify.com/1/invoices/secret-key"

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
            let id = try await desk.ask([DraftOrderLine(variantID: 5, quantity: 2)], shop: world.shop.id)
            let request = try #require(id)
            #expect(try await desk.status(request, shop: world.shop.id)?.state == .asked)
            let reactor = DraftOrderReactor(
                admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
            let outcome = try await reactor.run(self.only(world), SavedProgress())
            guard case .done(let effects) = outcome else { throw TaskFailure.permanent("\(outcome)") }
            #expect(effects.results.map(\.name) == ["draft_order.created"])
            #expect(!effects.results[0].payload.contains("secret-key"))
            let status = try #require(await desk.status(request, shop: world.shop.id))
            #expect(status.state == .created && status.name == "#D1" && status.invoiceURL == Self.url)
            #expect(try await desk.status(request, shop: world.shop.id + 1) == nil)
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
            let id = try await desk.ask([DraftOrderLine(variantID: 5, quantity: 1)], shop: world.shop.id)
            let request = try #require(id)
            world.admin.on(
                .draftOrders,
                #"{"draftOrders":{"nodes":[\#(self.draft("other")),\#(self.draft("footfall-\(request.uuid)"))]}}"#)
            let reactor = DraftOrderReactor(
                admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
            _ = try await reactor.run(self.only(world, attempt: 2), SavedProgress())
            #expect(try await desk.status(request, shop: world.shop.id)?.state == .created)
            #expect(world.admin.calls(.draftOrderCreate).isEmpty)
        }
    }

    @Test("what Shopify refuses is told to the one who asked; nonsense is no request")
    func refused() async throws {
        try await SyncWorld.with { world in
            let desk = DraftOrderDesk(shops: world.directory)
            #expect(try await desk.ask([], shop: world.shop.id) == nil)
            for quantity in [0, 999] {
                let line = DraftOrderLine(variantID: 1, quantity: quantity)
                #expect(try await desk.ask([line], shop: world.shop.id) == nil)
            }
            world.admin.on(
                .draftOrderCreate,
                """
                {"draftOrderCreate":{"draftOrder":null,"userErrors":[{"field":["lineItems"],
                "message":"Product with ID 5 is no longer available."}]}}
                """)
            let id = try await desk.ask([DraftOrderLine(variantID: 5, quantity: 1)], shop: world.shop.id)
            let request = try #require(id)
            let reactor = DraftOrderReactor(
                admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
            await #expect(throws: TaskFailure.self) { try await reactor.run(self.only(world), SavedProgress()) }
            let status = try #require(await desk.status(request, shop: world.shop.id))
            #expect(status.state == .failed && status.message?.contains("no longer available") == true)
        }
    }
}
