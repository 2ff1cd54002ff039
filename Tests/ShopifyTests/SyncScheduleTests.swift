import EventModel
import Foundation
import Postgres
import Reactors
import Recorder
import Registry
import Synchronization
import Testing

@testable import Shopify

@Suite("Sync: schedules and what they outlive")
struct SyncScheduleTests {
    private func reactors(_ world: SyncWorld) -> [(any Reactor, chain: String, payload: String)] {
        let pixels = PixelActivator(
            admin: world.admin, shops: world.directory, endpoint: "https://app.example.com",
            nowMillis: { SyncWorld.now })
        return [
            (
                WebhookRegistrar(
                    admin: world.admin, shops: world.directory, appURL: "https://app.example.com",
                    nowMillis: { SyncWorld.now }), "webhooks.daily", "{}"
            ),
            (
                PixelReactor(pixels: pixels, shops: world.directory, nowMillis: { SyncWorld.now }), "pixel.daily", "{}"
            ),
            (reconciler(world), "reconcile:orders", TaskJSON.text(Reconciler.State(resource: .orders))),
        ]
    }

    private func reconciler(_ world: SyncWorld) -> Reconciler {
        Reconciler(admin: world.admin, shops: world.directory, nowMillis: { SyncWorld.now })
    }

    private func event(_ world: SyncWorld, _ name: SystemEventName, at position: Position = 1) -> ReactorEvent {
        let header = EventHeader(
            shop: world.shop.id, source: .system, occurredAt: SyncWorld.now, receivedAt: SyncWorld.now, key: .zero,
            content: 0)
        return ReactorEvent(lane: 0, position: position, header: header, name: name.rawValue, payload: [])
    }

    @Test("an app that is removed and installed again on one day has all its daily checks")
    func sameDay() async throws {
        try await SyncWorld.with { world in
            let shop = world.shop
            func insertNext() async throws -> Set<String> {
                var keys: Set<String> = []
                for (reactor, chain, payload) in reactors(world) {
                    let next = try await reactor.next(afterGivingUp: world.task(reactor, payload))
                    #expect(try next.map(\.key) == [world.nextDayKey(chain)])
                    keys.formUnion(next.map(\.key))
                    // Chains that began twice meet.
                    for _ in 0..<2 { try TaskTable.insert(next, lane: 0, shop: shop.id, on: world.connection) }
                }
                return keys
            }
            try world.connection.execute("update registry.shop set installed_at = now() - interval '1 hour'")
            let first = try await insertNext()
            _ = try ShopRegistry.uninstall(domain: shop.domain, on: world.connection)
            #expect(try ReactorDesk.dropAll(shop: shop.id, on: world.connection) == 3)
            for (reactor, _, payload) in reactors(world) {
                #expect(try await reactor.next(afterGivingUp: world.task(reactor, payload)).isEmpty)
            }
            _ = try ShopRegistry.add(
                domain: shop.domain, timezone: "UTC", currency: "USD", wrappedKey: shop.wrappedKey,
                on: world.connection)
            let second = try await insertNext()
            #expect(first.isDisjoint(with: second))
            let ready = try ReactorDesk.list(TaskFilter(state: .ready), on: world.connection).map(\.key)
            #expect(ready.count == 3 && Set(ready) == second)
            // The first runs of a reconciliation are each installation's own too.
            let firsts = [1, 2].map { reconciler(world).tasks(for: event(world, .shopInstalled, at: $0)).map(\.key) }
            #expect(Set(firsts[0]).isDisjoint(with: firsts[1]))
        }
    }

    @Test("a page that costs too much is asked for again with fewer rows")
    func tooCostly() async throws {
        try await SyncWorld.with { world in
            world.admin.on(.productsUpdated) { variables throws(AdminError) in
                guard let first = variables["first"] as? Int, first <= 6 else {
                    throw AdminError(.tooCostly, "MAX_COST_EXCEEDED")
                }
                let isFirst = variables["after"] is NSNull || variables["after"] == nil
                return #"{"products":{"pageInfo":{"hasNextPage":\#(isFirst),"endCursor":"c"},"nodes":[]}}"#
            }
            let state = TaskJSON.text(Reconciler.State(resource: .products))
            guard case .done = try await world.finish(reconciler(world), state) else {
                throw TaskFailure.permanent("not done")
            }
            let asked = world.admin.calls(.productsUpdated).compactMap { call in
                (try? JSONSerialization.jsonObject(with: Data(call.utf8)) as? [String: Any])?["first"] as? Int
            }
            #expect(asked == [25, 12, 6, 6])
        }
    }

    @Test("without the scope a reconciliation waits for it, and then reads from where it stood")
    func denied() async throws {
        try await SyncWorld.with { world in
            world.admin.on(.customersUpdated) { _ throws(AdminError) in throw AdminError(.accessDenied, "no") }
            let since = SyncWorld.now - 9 * 86_400_000
            let state = TaskJSON.text(Reconciler.State(resource: .customers, since: since))
            let outcome = try await reconciler(world).run(world.task(reconciler(world), state), SavedProgress())
            guard case .done(let effects) = outcome else { throw TaskFailure.permanent("\(outcome)") }
            #expect(effects.results.isEmpty)
            #expect(try effects.next.map(\.key) == [world.nextDayKey("reconcile:customers")])
            #expect(effects.next.first?.payload.contains("\"since\":\(since)") == true)
        }
    }

    @Test("other grants begin the imports again that failed or never were, and a chain of each reconciliation")
    func scopes() async throws {
        try await SyncWorld.with { world in
            let importer = HistoryImporter(
                admin: world.admin, shops: world.directory, folder: FileManager.default.temporaryDirectory.path,
                nowMillis: { SyncWorld.now })
            let states: [(HistoryResource, ImportStatus.State)] = [
                (.products, .finished), (.customers, .reading), (.orders, .failed),
            ]
            for (resource, state) in states {
                try ImportTable.write(
                    state, ImportTask(resource: resource), shop: world.shop.id, nowMillis: SyncWorld.now,
                    on: world.connection)
            }
            world.admin.on(
                .bulkOperationRun,
                """
                {"bulkOperationRunQuery":{"bulkOperation":{"id":"gid://shopify/BulkOperation/1","status":"CREATED"},
                "userErrors":[]}}
                """)
            var asked: [String] = []
            for task in importer.tasks(for: event(world, .shopScopesChanged)) {
                let outcome = try await importer.run(
                    world.task(importer, task.payload, key: task.key), SavedProgress())
                if case .again = outcome { asked.append(String(task.key.split(separator: ":").last ?? "")) }
            }
            #expect(Set(asked) == ["orders", "abandoned_checkouts"])
            #expect(world.admin.calls(.bulkOperationRun).count == 2)
            #expect(importer.tasks(for: event(world, .shopInstalled)).allSatisfy { !$0.payload.contains("isRepair") })
            let change = event(world, .shopScopesChanged)
            #expect(reconciler(world).interests.contains(EventInterest(.system, change.name)))
            #expect(reconciler(world).tasks(for: change).count == 4)
        }
    }

    @Test("a pixel that was taken away stays away until the app is installed again")
    func pixelStaysAway() async throws {
        try await SyncWorld.with { world in
            SyncPixelTests.Store().serve(world.admin)
            let pixels = PixelActivator(
                admin: world.admin, shops: world.directory, endpoint: "https://app.example.com",
                nowMillis: { SyncWorld.now })
            let reactor = PixelReactor(pixels: pixels, shops: world.directory, nowMillis: { SyncWorld.now })
            _ = try await pixels.activate(world.shop.id)
            _ = try await pixels.delete(world.shop.id)
            #expect(await world.events.names == ["pixel.deleted"])
            func look(_ name: SystemEventName) async throws -> PixelState? {
                for task in reactor.tasks(for: event(world, name)) {
                    _ = try await world.finish(reactor, task.payload, key: task.key)
                }
                return try await pixels.status(of: world.shop.id)?.state
            }
            #expect(try await look(.shopScopesChanged) == .deleted)
            #expect(try await look(.shopInstalled) == .active)
        }
    }
}
