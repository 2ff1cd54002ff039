import AsyncHTTPClient
import EventModel
import Foundation
import Logging
import Postgres
import Reactors
import Recorder
import Shopify
import ShopifyStandIn
import Testing

/// The reactors against the stand-in, over HTTP and through the real client.
@Suite("Sync: the stand-in")
struct SyncStandInTests {
    private static let client = HTTPClient(eventLoopGroupProvider: .singleton)

    /// One token for the one shop.
    private struct OneToken: AccessTokens {
        let domain: ShopDomain
        let token: String
        func access(to shop: ShopID) async throws(AdminError) -> ShopAccess {
            ShopAccess(domain: domain, token: Secret(token), version: 1)
        }
        func access(to shop: ShopID, after refused: ShopAccess) async throws(AdminError) -> ShopAccess {
            throw AdminError(.unauthorized, "refused")
        }
    }

    private struct Site {
        let world: SyncWorld
        let standIn: StandIn
        let admin: AdminClient
        let now: @Sendable () -> Int64
    }

    private static func with(_ body: @Sendable (Site) async throws -> Void) async throws {
        try await SyncWorld.with { world in
            let now: @Sendable () -> Int64 = { 1_795_132_800_000 }
            var configuration = StandInConfiguration(clientID: "id", clientSecret: "secret", nowMillis: now)
            configuration.schema = try StandInFixtures.schema.get()
            let scopes = [
                "read_orders", "read_all_orders", "read_products", "read_customers", "write_draft_orders",
                "read_draft_orders", "write_pixels", "read_pixels", "read_customer_events",
            ]
            configuration.scopes = scopes
            let pool = world.pool
            let shop = world.shop
            let (events, directory, memory) = (world.events, world.directory, world.admin)
            let database = world.connection.configuration
            try await StandIn.serving(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
                standIn in
                let token = standIn.install("sync.myshopify.com", scopes: scopes)
                let domain = try #require(ShopDomain("sync.myshopify.com"))
                let base = await standIn.address()
                let address = try #require(AdminAddress(override: base))
                let admin = AdminClient(
                    transport: AdminTransport(client: client), configuration: AdminConfiguration(address: address),
                    tokens: OneToken(domain: domain, token: token))
                let inner = SyncWorld(
                    pool: pool, connection: .init(database), shop: shop, events: events, directory: directory,
                    admin: memory)
                try await body(Site(world: inner, standIn: standIn, admin: admin, now: now))
                #expect(standIn.problems == [])
            }
        }
    }

    private static func event(_ site: Site) -> ReactorEvent {
        let header = EventHeader(
            shop: site.world.shop.id, source: .system, occurredAt: site.now(), receivedAt: site.now(), key: .zero,
            content: 0)
        return ReactorEvent(lane: 0, position: 1, header: header, name: "shop.installed", payload: [])
    }

    @Test("all of a shop is imported, and the day's reconciliation finds nothing new in it")
    func whole() async throws {
        try await Self.with { site in
            let importer = HistoryImporter(
                admin: site.admin, shops: site.world.directory, folder: FileManager.default.temporaryDirectory.path,
                nowMillis: site.now)
            for task in importer.tasks(for: Self.event(site)) {
                let outcome = try await site.world.finish(importer, task.payload, key: task.key)
                guard case .done = outcome else { throw TaskFailure.permanent("\(outcome)") }
            }
            let before = await site.world.events.names.filter { $0.contains("/") }
            var counts: [String: Int] = [:]
            for name in before { counts[name, default: 0] += 1 }
            #expect(counts["orders/updated"] == site.standIn.orderCount("sync.myshopify.com"))
            #expect(counts["products/update"] == 12 && counts["customers/update"] == 40)
            #expect(counts["checkouts/update"] == 8)

            let reconciler = Reconciler(admin: site.admin, shops: site.world.directory, nowMillis: site.now)
            for task in reconciler.tasks(for: Self.event(site)) {
                let all = task.payload.replacing("{", with: "{\"since\":1000000000000,", maxReplacements: 1)
                let outcome = try await site.world.finish(reconciler, all, key: task.key)
                guard case .done = outcome else { throw TaskFailure.permanent("\(outcome)") }
            }
            let after = await site.world.events.names.filter { $0.contains("/") }
            #expect(after.count == before.count)
        }
    }

    @Test("webhooks are registered and the pixel is activated, once each")
    func registered() async throws {
        try await Self.with { site in
            let registrar = WebhookRegistrar(
                admin: site.admin, shops: site.world.directory, appURL: "https://app.example.com", nowMillis: site.now)
            _ = try await site.world.finish(registrar)
            let made = site.standIn.subscriptions("sync.myshopify.com").count
            #expect(made >= 20)
            site.standIn.dropSubscription("sync.myshopify.com", topic: "ORDERS_CREATE")
            _ = try await site.world.finish(registrar, key: "webhooks.daily:1:1")
            #expect(site.standIn.subscriptions("sync.myshopify.com").count >= made - 1)
            let pixels = PixelActivator(
                admin: site.admin, shops: site.world.directory, endpoint: "https://app.example.com",
                nowMillis: site.now)
            #expect(try await pixels.activate(site.world.shop.id).action == "created")
            #expect(try await pixels.activate(site.world.shop.id).action == "kept")
            let settings = try #require(site.standIn.pixel("sync.myshopify.com")?.settings)
            #expect(settings.contains(site.world.shop.accountID))
        }
    }
}
