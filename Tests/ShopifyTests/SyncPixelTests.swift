import EventModel
import Foundation
import Postgres
import Reactors
import Recorder
import Shopify
import Synchronization
import TestSupport
import Testing

@Suite("Sync: the web pixel")
struct SyncPixelTests {
    /// One pixel at most, as Shopify keeps it.
    final class Store: Sendable {
        let settings = Mutex<String?>(nil)
        let refusal = Mutex<String?>(nil)

        func serve(_ admin: MemoryAdmin) {
            admin.on(.webPixel) { _ throws(AdminError) in #"{"webPixel":\#(self.pixel)}"# }
            admin.on(.webPixelCreate) { variables throws(AdminError) in
                if self.settings.withLock({ $0 }) != nil { return self.result("webPixelCreate", error: "TAKEN") }
                if let code = self.refusal.withLock({ $0 }) { return self.result("webPixelCreate", error: code) }
                self.take(variables)
                return self.result("webPixelCreate")
            }
            admin.on(.webPixelUpdate) { variables throws(AdminError) in
                self.take(variables)
                return self.result("webPixelUpdate")
            }
            admin.on(.webPixelDelete) { _ throws(AdminError) in
                self.settings.withLock { $0 = nil }
                return #"{"webPixelDelete":{"deletedWebPixelId":"1","userErrors":[]}}"#
            }
        }

        private func take(_ variables: [String: Any]) {
            let pixel = variables["webPixel"] as? [String: Any]
            settings.withLock { $0 = pixel?["settings"] as? String }
        }

        private var pixel: String {
            settings.withLock { $0 }.map { settings in
                let quoted = String(decoding: (try? JSONEncoder().encode(settings)) ?? Data(), as: UTF8.self)
                return #"{"id":"gid://shopify/WebPixel/1","settings":\#(quoted)}"#
            } ?? "null"
        }

        private func result(_ name: String, error: String? = nil) -> String {
            let errors = error.map { #"{"code":"\#($0)","field":["x"],"message":"it is so"}"# } ?? ""
            return #"{"\#(name)":{"webPixel":\#(error == nil ? pixel : "null"),"userErrors":[\#(errors)]}}"#
        }
    }

    private func activator(_ world: SyncWorld, endpoint: String = "https://app.example.com/") -> PixelActivator {
        PixelActivator(
            admin: world.admin, shops: world.directory, endpoint: endpoint, nowMillis: { SyncWorld.now })
    }

    @Test("created, left alone, updated, deleted, made again: each with its version and history")
    func life() async throws {
        try await SyncWorld.with { world in
            Store().serve(world.admin)
            let pixels = activator(world)
            let created = try await pixels.activate(world.shop.id)
            #expect(created.action == "created" && created.status.state == .active && created.status.version == 1)
            #expect(
                created.status.settings
                    == PixelSettings(accountID: world.shop.accountID, endpoint: "https://app.example.com"))
            #expect(try await pixels.activate(world.shop.id).action == "kept")
            let updated = try await activator(world, endpoint: "https://new.example.com").activate(world.shop.id)
            #expect(updated.action == "updated" && updated.status.version == 2)
            #expect(try await pixels.delete(world.shop.id).status.state == .deleted)
            let again = try await pixels.activate(world.shop.id)
            #expect(again.action == "created" && again.status.version == 3)
            let history = try PixelTable.history(shop: world.shop.id, on: world.connection)
            #expect(history.map(\.action) == ["created", "deleted", "updated", "created"])
        }
    }

    @Test("a pixel of a former installation is taken over")
    func takeOver() async throws {
        try await SyncWorld.with { world in
            let store = Store()
            store.serve(world.admin)
            store.settings.withLock { $0 = #"{"accountID":"old"}"# }
            let outcome = try await activator(world).activate(world.shop.id)
            #expect(outcome.action == "taken_over" && outcome.status.state == .active)
            #expect(store.settings.withLock { $0 }?.contains(world.shop.accountID) == true)
        }
    }

    @Test("TAKEN although nothing was there a moment ago: the pixel is asked for again and updated")
    func taken() async throws {
        try await SyncWorld.with { world in
            let store = Store()
            store.serve(world.admin)
            let asked = Mutex(0)
            world.admin.on(.webPixel) { _ throws(AdminError) in
                let count = asked.withLock { count in
                    count += 1
                    return count
                }
                if count == 1 {
                    store.settings.withLock { $0 = "{}" }
                    return #"{"webPixel":null}"#
                }
                return #"{"webPixel":{"id":"gid://shopify/WebPixel/1","settings":{"accountID":"other"}}}"#
            }
            let outcome = try await activator(world).activate(world.shop.id)
            #expect(outcome.action == "taken_over")
        }
    }

    @Test(
        "what only a person can change is a clear state, told once",
        arguments: [("NO_EXTENSION", PixelState.noExtension), ("INVALID_SETTINGS", .invalidSettings)])
    func refusals(_ refusal: (code: String, state: PixelState)) async throws {
        try await SyncWorld.with { world in
            let store = Store()
            store.serve(world.admin)
            store.refusal.withLock { $0 = refusal.code }
            let reactor = PixelReactor(
                pixels: activator(world), shops: world.directory, nowMillis: { SyncWorld.now })
            guard case .done(let effects) = try await world.finish(reactor) else { throw TaskFailure.permanent("x") }
            #expect(effects.next.count == 1)
            _ = try await world.finish(reactor, key: effects.next[0].key)
            #expect(await world.events.names == ["pixel.failed"])
            #expect(try PixelTable.find(shop: world.shop.id, on: world.connection)?.state == refusal.state)
            // The extension is released: the next look activates the pixel.
            store.refusal.withLock { $0 = nil }
            _ = try await world.finish(reactor, key: effects.next[0].key)
            #expect(await world.events.names == ["pixel.failed", "pixel.activated"])
        }
    }

    @Test("without the scopes the state says so")
    func denied() async throws {
        try await SyncWorld.with { world in
            world.admin.on(.webPixel) { _ throws(AdminError) in
                throw AdminError(.accessDenied, "Access denied for webPixel field. Required access: read_pixels")
            }
            let status = try await activator(world).activate(world.shop.id).status
            #expect(status.state == .accessDenied && status.message?.contains("read_pixels") == true)
        }
    }
}
