internal import EventModel
internal import Gateway
internal import Logging
internal import Postgres
internal import Privacy
internal import Registry
internal import ServiceLifecycle
internal import Synchronization

/// Keeps the process's copies of the registry, as `ShopFollower` says. While Postgres is away they stay as they are, so
/// that the gateway goes on.
struct RegistryKeeper: Service {
    let copies: RegistryCopies
    let postgres: PostgresConfiguration
    let logger: Logger

    /// The end of the process is not kept waiting for longer.
    private static let waitMillis = 1000

    func run() async throws {
        let session = PostgresSession(postgres, label: "footfall.registry")
        await cancelWhenGracefulShutdown {
            var follower = ShopFollower()
            while !Task.isCancelled {
                do {
                    let before = follower
                    let (shops, after) = try await session.run { connection in
                        var follower = before
                        return (try follower.next(waitMillis: Self.waitMillis, on: connection), follower)
                    }
                    follower = after
                    if let shops { copies.take(shops) }
                } catch {
                    follower = ShopFollower()
                    logger.debug("registry not read", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: .milliseconds(Self.waitMillis))  // cancelled: the loop sees it
                }
            }
        }
    }
}

/// What the roles of this process know of the shops.
final class RegistryCopies: Sendable {
    let tenants: TenantDirectory
    private let vault: Vault
    private let logger: Logger
    private let hosts = Mutex<[ShopID: Set<String>]>([:])
    private let last = Mutex<[ShopRegistration]>([])

    init(tenants: TenantDirectory, vault: Vault, logger: Logger) {
        self.tenants = tenants
        self.vault = vault
        self.logger = logger
    }

    /// Refuses keys under which no shop's key opens: such a process would look well and take nothing. Where only some
    /// do not open, `take` says which.
    static func check(_ shops: [ShopRegistration], _ vault: Vault) throws {
        // Why a key does not open is always the same: it was wrapped under another one.
        guard !shops.isEmpty, shops.allSatisfy({ (try? vault.unwrap($0.wrappedKey)) == nil }) else { return }
        throw CommandFailure(
            """
            None of the keys of \(shops.count) shops opens under APP_SECRET_KEY (or APP_SECRET_KEY_PREVIOUS): it is not \
            the one that this database was sealed under. It is looked for in the environment, .env, footfall.yaml and, \
            with a data folder, its secrets.env, in this order.
            """)
    }

    /// A shop's hosts in lower case, without `www.`.
    func ownHosts(_ shop: ShopID) -> Set<String> { hosts.withLock { $0[shop] ?? [] } }

    /// Shops that take events.
    var active: [ShopRegistration] { last.withLock { $0.filter { $0.status == .active } } }

    /// Takes over the registry's content as a whole; does nothing where it is what it was.
    func take(_ shops: [ShopRegistration]) {
        let isNew = last.withLock { last in
            defer { last = shops }
            return last != shops
        }
        guard isNew else { return }
        hosts.withLock { hosts in
            hosts = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, $0.ownHosts) })
        }
        tenants.replace(with: shops.compactMap(tenant))
    }

    private func tenant(_ shop: ShopRegistration) -> Tenant? {
        do {
            return try Tenant(shop, vault: vault)
        } catch {
            logger.error(
                "a shop's key cannot be opened; check APP_SECRET_KEY", metadata: ["shop_id": "\(shop.id)"])
            return nil
        }
    }
}

extension Tenant {
    convenience init(_ shop: ShopRegistration, vault: Vault) throws {
        self.init(
            id: shop.id, lane: shop.lane, domain: shop.domain, accountID: shop.accountID, hosts: shop.hosts,
            isActive: shop.status == .active, shopifyID: shop.shopifyID,
            keys: ShopKeys(shopKey: try vault.unwrap(shop.wrappedKey)))
    }
}
