internal import EventModel
internal import Synchronization

/// The registry's copy in memory. Event loops read it without waiting; who is not in it is looked up once, boundedly.
package final class TenantDirectory: Sendable {
    private struct Maps {
        var accounts: [String: Tenant] = [:]
        var domains: [String: Tenant] = [:]
        var ids: [ShopID: Tenant] = [:]
        var lookups = TokenBucket()
    }

    private let maps = Mutex(Maps())
    private let finder: @Sendable (TenantKey) async -> Tenant?

    /// Look-ups of unknown keys: enough for shops that were just added, too few to lean on the registry with guesses.
    private static let lookupRate = RateLimit(perSecond: 50, burst: 100)

    /// `finder` asks the registry itself, for shops newer than the last `replace`; nil means that there is none.
    package init(finder: @escaping @Sendable (TenantKey) async -> Tenant? = { _ in nil }) {
        self.finder = finder
    }

    /// Takes over the registry's content as a whole.
    package func replace(with tenants: [Tenant]) {
        var accounts: [String: Tenant] = [:]
        var domains: [String: Tenant] = [:]
        var ids: [ShopID: Tenant] = [:]
        for tenant in tenants {
            accounts[tenant.accountID] = tenant
            domains[tenant.domain] = tenant
            ids[tenant.id] = tenant
        }
        maps.withLock { maps in
            maps.accounts = accounts
            maps.domains = domains
            maps.ids = ids
        }
    }

    /// Adds or replaces one tenant.
    package func insert(_ tenant: Tenant) {
        maps.withLock { maps in
            if let old = maps.ids[tenant.id] {
                maps.accounts[old.accountID] = nil
                maps.domains[old.domain] = nil
            }
            maps.accounts[tenant.accountID] = tenant
            maps.domains[tenant.domain] = tenant
            maps.ids[tenant.id] = tenant
        }
    }

    /// The tenant in memory; nil when it is not there (yet).
    package func tenant(_ key: TenantKey) -> Tenant? {
        maps.withLock { maps in
            switch key {
            case .account(let id): maps.accounts[id]
            case .domain(let domain): maps.domains[domain]
            case .id(let id): maps.ids[id]
            }
        }
    }

    /// True when one more look-up in the registry is allowed now.
    func mayLookUp(nowMillis: Int64) -> Bool {
        maps.withLock { $0.lookups.take(Self.lookupRate, nowMicros: nowMillis * 1000).isAllowed }
    }

    /// Asks the registry, and keeps what it says.
    func find(_ key: TenantKey) async -> Tenant? {
        guard let tenant = await finder(key) else { return nil }
        insert(tenant)
        return tenant
    }
}
