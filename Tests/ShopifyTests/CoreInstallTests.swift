import EventModel
import Foundation
import Postgres
import Privacy
import Recorder
import Registry
import Shopify
import ShopifyStandIn
import Testing

@Suite struct CoreInstallTests {
    @Test func byCodeGrant() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed()
            #expect(shop.isNew)
            #expect(shop.shop.domain == CoreWorld.domain)
            #expect(shop.missingScopes == [])
            #expect(shop.page == "https://admin.shopify.com/store/a/apps/app-id")
            #expect(world.recorded.names == ["shop.installed"])
            let payload = try CoreJSON(try #require(world.recorded.all.first).payload)
            #expect(payload["scopes"] == .array([.text("read_orders"), .text("write_products")]))
            #expect(payload["install_id"].text != nil)
            _ = try await world.admin.run(.grantedScopes, shop: shop.shop.id)
            #expect(try await world.install.standing(of: shop.shop.id).isConnected)
            #expect(world.standIn.problems == [])
        }
    }

    @Test func aCallbackWorksOnce() async throws {
        try await CoreWorld.run { world in
            let query = try await world.agree(at: try await world.install.begin(shop: CoreWorld.domain))
            let forged = query.replacing("code=", with: "code=x")
            await refused(.signature) { _ = try await world.install.finish(query: forged) }
            // What was forged has not used the state up.
            _ = try await world.install.finish(query: query)
            await refused(.state) { _ = try await world.install.finish(query: query) }
            #expect(world.recorded.names.count == 1)
        }
    }

    @Test func staleCallbacksAreRefused() async throws {
        try await CoreWorld.run { world in
            let query = try await world.agree(at: try await world.install.begin(shop: CoreWorld.domain))
            world.time.advance(91_000)
            await refused(.stale) { _ = try await world.install.finish(query: query) }
            #expect(try await world.status() == nil)
            await refused(.shopName) { _ = try await world.install.begin(shop: "evil.com") }
        }
    }

    @Test func byTokenExchange() async throws {
        try await CoreWorld.run { world in
            let token = world.standIn.mintSessionToken(shop: CoreWorld.domain)
            _ = world.standIn.install(CoreWorld.domain, scopes: CoreWorld.scopes)
            let first = try await world.install.exchange(sessionToken: token)
            #expect(first.isNew)
            // All is there already: nothing is exchanged again.
            let second = try await world.install.exchange(sessionToken: token)
            #expect(!second.isNew)
            #expect(second.shop.id == first.shop.id)
            #expect(world.recorded.names == ["shop.installed"])
            world.time.advance(71_000)
            await refused(.sessionToken) { _ = try await world.install.exchange(sessionToken: token) }
            await refused(.sessionToken) { _ = try await world.install.exchange(sessionToken: "a.b.c") }
        }
    }

    @Test func uninstallAndAgain() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop
            world.standIn.uninstall(CoreWorld.domain)
            let now = Int64(Date().timeIntervalSince1970 * 1000) + 1000
            #expect(try await world.install.uninstall(shop.id, atMillis: now) == .ended)
            #expect(try await world.install.uninstall(shop.id, atMillis: now) == .alreadyEnded)
            #expect(try await world.status() == .uninstalled)
            #expect(try await world.tokenCount() == 0)
            let error = await #expect(throws: AdminError.self) {
                try await world.admin.run(.shop, shop: shop.id)
            }
            #expect(error?.code == .notInstalled)
            let again = try await world.installed()
            #expect(again.shop.id == shop.id)
            #expect(try await world.status() == .active)
            #expect(world.recorded.names == ["shop.installed", "shop.uninstalled", "shop.installed"])
            #expect(Set(world.recorded.all.map(\.identity)).count == 3)
        }
    }

    @Test func lateNewsOfAFormerInstallation() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop
            let old = Int64(Date().timeIntervalSince1970 * 1000) - 3_600_000
            #expect(try await world.install.uninstall(shop.id, atMillis: old) == .late)
            #expect(try await world.status() == .active)
            // The same news counts where Shopify does not know the token any more.
            world.standIn.uninstall(CoreWorld.domain)
            #expect(try await world.install.uninstall(shop.id, atMillis: old) == .ended)
        }
    }

    @Test func lateNewsWaitsForShopify() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop
            let old = Int64(Date().timeIntervalSince1970 * 1000) - 3_600_000
            world.standIn.fail(CoreWorld.domain, .status(503), .status(503), .status(503), .status(503))
            await refused(.unavailable) { _ = try await world.install.uninstall(shop.id, atMillis: old) }
            #expect(try await world.status() == .active)
        }
    }

    @Test func anInstallationUnheardOfIsRenewed() async throws {
        try await CoreWorld.run { world in
            let first = try await world.installed()
            // Removed and installed again, and the webhook is still on its way.
            world.standIn.uninstall(CoreWorld.domain)
            _ = world.standIn.install(CoreWorld.domain, scopes: CoreWorld.scopes)
            let token = world.standIn.mintSessionToken(shop: CoreWorld.domain)
            let again = try await world.install.exchange(sessionToken: token)
            #expect(again.isNew)
            #expect(again.shop.id == first.shop.id)
            _ = try await world.admin.run(.shop, shop: first.shop.id)
        }
    }

    @Test func scopeChangesAreNoticed() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop
            let now = world.time.now
            #expect(try await world.install.scopesChanged(shop.id, to: ["read_orders"], atMillis: now + 2))
            #expect(try await !world.install.scopesChanged(shop.id, to: ["read_orders"], atMillis: now + 3))
            // Older news loses.
            #expect(try await !world.install.scopesChanged(shop.id, to: ["write_orders"], atMillis: now + 1))
            #expect(try await world.install.standing(of: shop.id).missingScopes == ["write_products"])
            #expect(world.recorded.names == ["shop.installed", "shop.scopes_changed"])
        }
    }

    @Test func aShopThatMovesIsFollowed() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop
            func installedAt() async throws -> Int64? {
                try await world.pool.run { try ShopRegistry.lockInstallation(of: shop.id, on: $0)?.installedAtMillis }
            }
            let began = try await installedAt()
            #expect(try await !world.install.shopChanged(shop.id))
            world.standIn.move(
                CoreWorld.domain, hosts: ["Www.New.example", "old.example", CoreWorld.domain], timezone: "Europe/Paris")
            #expect(try await world.install.shopChanged(shop.id))
            let found = try await world.pool.run { try ShopRegistry.find(id: shop.id, on: $0) }
            #expect(found?.timezone == "Europe/Paris" && found?.hosts == ["old.example", "www.new.example"])
            #expect(found?.wrappedKey == shop.wrappedKey && found?.accountID == shop.accountID)
            #expect(try await installedAt() == began)
            #expect(try await !world.install.shopChanged(shop.id))
            #expect(world.recorded.names == ["shop.installed", "shop.changed"])
            let payload = try CoreJSON(try #require(world.recorded.all.last).payload)
            #expect(payload["timezone"].text == "Europe/Paris")
            _ = try await world.pool.run { try ShopRegistry.uninstall(domain: CoreWorld.domain, on: $0) }
            await #expect(throws: AdminError.self) { try await world.install.shopChanged(shop.id) }
        }
    }

    @Test func eventsOutliveAnOutage() async throws {
        try await CoreWorld.run { world in
            world.recorded.setDown(true)
            _ = try await world.installed()
            #expect(world.recorded.names == [])
            world.recorded.setDown(false)
            _ = try await world.installed()
            #expect(world.recorded.names == ["shop.installed", "shop.installed"])
        }
    }

    @Test func noTokenIsWrittenAnywhere() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop
            world.time.advance(3600_000)
            _ = try await world.admin.run(.shop, shop: shop.id)
            var written = world.recorded.all.map { String(decoding: $0.payload, as: UTF8.self) + $0.identity }
            written += try await world.pool.run { connection in
                try ["shopify.token", "shopify.installation", "shopify.announcement", "registry.shop"].flatMap {
                    table in
                    try connection.query("select t::text from \(table) t").map { $0.text(0) }
                }
            }
            let issued = world.standIn.issuedTokens
            #expect(issued.count >= 2)
            for token in issued + ["app-secret"] {
                for text in written { #expect(!text.contains(token)) }
            }
        }
    }

    private func refused(_ code: OAuthError.Code, _ body: () async throws -> Void) async {
        let error = await #expect(throws: OAuthError.self) { try await body() }
        #expect(error?.code == code)
    }
}
