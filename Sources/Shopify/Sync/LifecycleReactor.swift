package import EventModel
internal import FoundationEssentials
internal import Postgres
package import Reactors
internal import Recorder

/// What ends and changes installations: `InstallService`, and memory in tests.
package protocol InstallationKeeping: Sendable {
    /// Ends the tenancy, unless the news is of a former installation.
    func end(_ shop: ShopID, atMillis: Int64) async throws
    /// Takes over what the merchant grants.
    func change(_ shop: ShopID, scopes: [String], atMillis: Int64) async throws
    /// Takes over what Shopify now says of the shop: zone, currency, hosts.
    func update(_ shop: ShopID) async throws
}

extension InstallationKeeping {
    /// Of a shop that was added by hand nobody can be asked.
    package func update(_ shop: ShopID) async throws {}
}

extension InstallService: InstallationKeeping {
    /// Ends the tenancy, unless the news is of a former installation.
    package func end(_ shop: ShopID, atMillis: Int64) async throws {
        do {
            _ = try await uninstall(shop, atMillis: atMillis)
        } catch {
            throw TaskFailure.passing(error.description)
        }
    }

    /// Takes over what the merchant grants.
    package func change(_ shop: ShopID, scopes: [String], atMillis: Int64) async throws {
        try await scopesChanged(shop, to: Scopes(scopes.joined(separator: ",")), atMillis: atMillis)
    }

    /// Takes over what Shopify now says of the shop.
    package func update(_ shop: ShopID) async throws { try await shopChanged(shop) }
}

/// Answers Shopify's word that the app was removed from a shop, or that its scopes or the shop itself have changed.
package struct LifecycleReactor: Reactor {
    private let installations: any InstallationKeeping
    private let shops: ShopDirectory

    /// Contacts nobody yet.
    package init(installations: any InstallationKeeping, shops: ShopDirectory) {
        self.installations = installations
        self.shops = shops
    }

    private struct Work: Codable {
        enum Kind: String, Codable { case uninstalled, ended, scopes, shop }
        let kind: Kind
        let at: Int64
        var scopes: [String]?
    }

    /// Stored with its tasks.
    package var name: String { "lifecycle" }

    /// Shopify's three topics, and our own word that a tenancy has ended.
    package var interests: [EventInterest] {
        [
            EventInterest(.webhook, "app/uninstalled"), EventInterest(.webhook, "app/scopes_update"),
            EventInterest(.webhook, "shop/update"),
            EventInterest(.system, SystemEventName.shopUninstalled.rawValue),
        ]
    }

    /// A task for each word.
    package func tasks(for event: ReactorEvent) -> [NewTask] {
        let at = event.header.occurredAt
        let work: Work
        switch event.name {
        case "app/uninstalled": work = Work(kind: .uninstalled, at: at)
        case "app/scopes_update":
            struct Payload: Decodable { let current: [String] }
            // A payload without its list says nothing that could be taken over.
            guard let payload = try? JSONDecoder().decode(Payload.self, from: Data(event.payload)) else { return [] }
            work = Work(kind: .scopes, at: at, scopes: payload.current)
        case "shop/update": work = Work(kind: .shop, at: at)
        default: work = Work(kind: .ended, at: at)
        }
        return [NewTask(reactor: name, key: "\(name):\(event.place)", encoding: work)]
    }

    /// Ends, changes, or clears away what is left to do for a tenancy that has ended.
    package func run(_ task: ReactorTask, _ progress: any TaskProgress) async throws -> TaskOutcome {
        let work: Work = try task.decoded()
        switch work.kind {
        case .uninstalled: try await installations.end(task.shop, atMillis: work.at)
        case .scopes: try await installations.change(task.shop, scopes: work.scopes ?? [], atMillis: work.at)
        case .shop:
            if try await shops.active(task.shop) != nil { try await installations.update(task.shop) }
        case .ended:
            let (name, shop) = (name, task.shop)
            _ = try await shops.pool.run {
                try ReactorDesk.dropAll(shop: shop, madeUntil: work.at, except: name, on: $0)
            }
        }
        return .done
    }
}
