import EventModel
import Postgres
import Privacy
import Registry
import Shopify
import Synchronization
import TestSupport
import Testing

/// Renewals by a script: each call takes the next answer, and waits at the gate while it is closed.
final class ScriptedRenewal: TokenRenewal {
    private let answers: Mutex<[Result<TokenGrant, OAuthError>]>
    private let asked = Mutex<[String]>([])

    init(_ answers: [Result<TokenGrant, OAuthError>]) { self.answers = Mutex(answers) }

    /// `refresh TOKEN` and `migrate TOKEN`, in order.
    var calls: [String] { asked.withLock { $0 } }

    func refresh(_ token: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant {
        try next("refresh \(token.revealed)")
    }

    func migrate(_ token: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant {
        try next("migrate \(token.revealed)")
    }

    private func next(_ call: String) throws(OAuthError) -> TokenGrant {
        asked.withLock { $0.append(call) }
        let answer = answers.withLock { $0.isEmpty ? .failure(OAuthError(.grant, "no more")) : $0.removeFirst() }
        return try answer.get()
    }
}

/// A clock that a test sets; waiting for it moves it on.
final class ManualTime: Sendable {
    private let millis = Mutex<Int64>(1_800_000_000_000)

    var now: Int64 { millis.withLock { $0 } }
    func advance(_ by: Int64) { millis.withLock { $0 += by } }

    var timing: AdminTiming {
        AdminTiming(clock: JumpingClock { self.advance($0) }, nowMillis: { self.now }, jitter: { 0 })
    }
}

/// Sleeps take no time; the manual clock jumps instead.
struct JumpingClock: Clock {
    typealias Instant = ContinuousClock.Instant
    let jump: @Sendable (Int64) -> Void

    var now: Instant { ContinuousClock().now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        let left = deadline - ContinuousClock().now
        jump(Int64(left.components.seconds) * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
        await Task.yield()
    }
}

/// A registry with one shop, and a vault of tokens over it.
struct VaultWorld {
    let pool: PostgresPool
    let vault: Vault
    let tokens: TokenVault
    let renewal: ScriptedRenewal
    let time = ManualTime()
    let shop: ShopID

    static func with(
        _ answers: [Result<TokenGrant, OAuthError>] = [], _ body: (VaultWorld) async throws -> Void
    ) async throws {
        try await TestStores.shared.withDatabase { database in
            let pool = PostgresPool(database, size: 4)
            do {
                try await body(try await VaultWorld(pool, answers))
                await pool.close()
            } catch {
                await pool.close()
                throw error
            }
        }
    }

    private init(_ pool: PostgresPool, _ answers: [Result<TokenGrant, OAuthError>]) async throws {
        let vault = try Vault(currentKey: Vault.newKey())
        (self.pool, self.vault) = (pool, vault)
        self.renewal = ScriptedRenewal(answers)
        self.tokens = TokenVault(pool: pool, vault: vault, endpoint: renewal, timing: time.timing)
        self.shop = try await pool.run { connection in
            try ShopRegistry.add(
                domain: "a.myshopify.com", timezone: "UTC", currency: "EUR", wrappedKey: vault.wrap(Vault.newKey()),
                on: connection
            ).id
        }
    }

    func store(_ grant: TokenGrant) async throws {
        let (tokens, shop) = (tokens, shop)
        try await pool.run { try tokens.store(grant, shop: shop, on: $0) }
    }
}

extension TokenGrant {
    /// A pair of the documented lifetimes.
    static func pair(_ number: Int) -> TokenGrant {
        TokenGrant(
            access: Secret("access-\(number)"), scopes: ["read_orders"], expiresInSeconds: 3600,
            refresh: Secret("refresh-\(number)"), refreshExpiresInSeconds: 7_776_000)
    }

    /// The old kind.
    static let endless = TokenGrant(access: Secret("endless"), scopes: ["read_orders"])
}

@Suite struct CoreTokenVaultTests {
    @Test func aTokenIsRefreshedBeforeItEnds() async throws {
        try await VaultWorld.with([.success(.pair(2)), .success(.pair(3))]) { world in
            try await world.store(.pair(1))
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-1")
            world.time.advance(3600_000 - TokenVault.marginMillis - 1)
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-1")
            world.time.advance(1)
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-2")
            #expect(world.renewal.calls == ["refresh refresh-1"])
            world.time.advance(4000_000)
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-3")
            #expect(world.renewal.calls == ["refresh refresh-1", "refresh refresh-2"])
        }
    }

    @Test func manyCallersRefreshOnce() async throws {
        try await VaultWorld.with([.success(.pair(2))]) { world in
            try await world.store(.pair(1))
            world.time.advance(4000_000)
            let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await world.tokens.access(to: world.shop).token.revealed }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(tokens == ["access-2"])
            #expect(world.renewal.calls.count == 1)
        }
    }

    @Test func aLostAnswerIsMadeGood() async throws {
        let lost = OAuthError(.unavailable, "connection closed")
        try await VaultWorld.with([.failure(lost), .failure(lost), .success(.pair(2))]) { world in
            try await world.store(.pair(1))
            world.time.advance(3600_000 - TokenVault.marginMillis)
            // The old token still works.
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-1")
            world.time.advance(TokenVault.marginMillis)
            let error = await #expect(throws: AdminError.self) { try await world.tokens.access(to: world.shop) }
            #expect(error?.isRetryable == true)
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-2")
            #expect(world.renewal.calls == Array(repeating: "refresh refresh-1", count: 3))
        }
    }

    @Test func aDeadRefreshTokenNeedsTheMerchant() async throws {
        try await VaultWorld.with([.failure(OAuthError(.grant, "invalid_grant"))]) { world in
            try await world.store(.pair(1))
            world.time.advance(4000_000)
            let error = await #expect(throws: AdminError.self) { try await world.tokens.access(to: world.shop) }
            #expect(error?.code == .unauthorized)
            try await world.store(.pair(5))
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-5")
        }
    }

    @Test func aRefusedTokenIsReplacedOnce() async throws {
        try await VaultWorld.with([.success(.pair(2))]) { world in
            try await world.store(.pair(1))
            let refused = try await world.tokens.access(to: world.shop)
            let next = try await world.tokens.access(to: world.shop, after: refused)
            #expect(next.token.revealed == "access-2")
            // Whoever held the old one too gets the successor without another refresh.
            #expect(try await world.tokens.access(to: world.shop, after: refused) == next)
            #expect(world.renewal.calls.count == 1)
        }
    }

    @Test func anOldTokenIsMigratedOnce() async throws {
        try await VaultWorld.with([.success(.pair(2))]) { world in
            try await world.store(.endless)
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-2")
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-2")
            #expect(world.renewal.calls == ["migrate endless"])
        }
    }

    @Test func aRefusedMigrationKeepsTheOldToken() async throws {
        let refused = OAuthError(.grant, "invalid_request")
        try await VaultWorld.with([.failure(refused), .success(.pair(2))]) { world in
            try await world.store(.endless)
            for _ in 0..<3 { #expect(try await world.tokens.access(to: world.shop).token.revealed == "endless") }
            #expect(world.renewal.calls.count == 1)
            let access = try await world.tokens.access(to: world.shop)
            let error = await #expect(throws: AdminError.self) {
                try await world.tokens.access(to: world.shop, after: access)
            }
            #expect(error?.code == .unauthorized)
            world.time.advance(TokenVault.migrationPauseMillis)
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-2")
        }
    }

    @Test func aCrashedRefresherIsTakenOver() async throws {
        try await VaultWorld.with([.success(.pair(2))]) { world in
            try await world.store(.pair(1))
            try await world.pool.run { connection in
                _ = try connection.query(
                    "update shopify.token set lease_id = gen_random_uuid(), lease_until = now() + interval '1 minute'")
            }
            world.time.advance(3600_000 - TokenVault.marginMillis)
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-1")
            world.time.advance(TokenVault.marginMillis)
            try await world.pool.run { connection in
                _ = try connection.query("update shopify.token set lease_until = now() - interval '1 second'")
            }
            #expect(try await world.tokens.access(to: world.shop).token.revealed == "access-2")
        }
    }

    @Test func uninstallingDestroysTheToken() async throws {
        try await VaultWorld.with { world in
            try await world.store(.pair(1))
            let count = try await world.pool.run { connection in
                _ = try ShopRegistry.uninstall(domain: "a.myshopify.com", on: connection)
                return try connection.query("select count(*) from shopify.token")[0].int64(0)
            }
            #expect(count == 0)
            let error = await #expect(throws: AdminError.self) { try await world.tokens.access(to: world.shop) }
            #expect(error?.code == .notInstalled)
        }
    }

    @Test func nothingReadableIsStored() async throws {
        try await VaultWorld.with { world in
            try await world.store(.pair(1))
            let rows = try await world.pool.run { connection in
                try connection.query("select wrapped_key, sealed from shopify.token").map { $0.bytes(0) + $0.bytes(1) }
            }
            for row in rows { #expect(!String(decoding: row, as: UTF8.self).contains("access-1")) }
            // A row of one shop does not open as another's.
            try await world.pool.run { connection in
                _ = try ShopRegistry.add(
                    domain: "b.myshopify.com", timezone: "UTC", currency: "EUR", wrappedKey: [1], on: connection)
                _ = try connection.query("update shopify.token set shop_id = shop_id + 1")
            }
            let error = await #expect(throws: AdminError.self) { try await world.tokens.access(to: world.shop + 1) }
            #expect(error.map { "\($0)".contains("access-1") } == false)
        }
    }

    @Test func keysAreWrappedAgainWhileAllRuns() async throws {
        try await VaultWorld.with { world in
            try await world.store(.pair(1))
            for number in 0..<150 {
                try await world.pool.run { connection in
                    _ = try ShopRegistry.add(
                        domain: "s\(number).myshopify.com", timezone: "UTC", currency: "EUR",
                        wrappedKey: world.vault.wrap(Vault.newKey()), on: connection)
                }
            }
            let before = try await world.pool.run { try ShopRegistry.list(on: $0) }
            let oldKeys = try before.map { try world.vault.unwrap($0.wrappedKey) }
            let (old, new) = (Vault.newKey(), Vault.newKey())
            // Everything is under a key that becomes the previous one.
            try await Self.move(world, from: world.vault, to: try Vault(currentKey: old))
            let rotating = try Vault(currentKey: new, previousKey: old)
            let report = try await VaultRotation(pool: world.pool, vault: rotating).run()
            #expect(report == VaultRotation.Report(shops: 151, tokens: 1))
            let onlyNew = try Vault(currentKey: new)
            let after = try await world.pool.run { try ShopRegistry.list(on: $0) }
            #expect(try after.map { try onlyNew.unwrap($0.wrappedKey) } == oldKeys)
            let tokens = TokenVault(
                pool: world.pool, vault: onlyNew, endpoint: world.renewal, timing: world.time.timing)
            #expect(try await tokens.access(to: world.shop).token.revealed == "access-1")
            #expect(try await VaultRotation(pool: world.pool, vault: onlyNew).run().shops == 151)
        }
    }

    /// Wraps everything under `to`.
    private static func move(_ world: VaultWorld, from: Vault, to: Vault) async throws {
        try await world.pool.run { connection in
            for shop in try ShopRegistry.list(on: connection) {
                let old = ShopRegistry.StoredKey(shop: shop.id, wrapped: shop.wrappedKey)
                #expect(try ShopRegistry.replace(old, with: to.wrap(try from.unwrap(old.wrapped)), on: connection))
            }
            let row = try connection.query("select wrapped_key from shopify.token")[0].bytes(0)
            _ = try connection.query(
                "update shopify.token set wrapped_key = $1", [.bytes(to.wrap(try from.unwrap(row)))])
        }
    }
}
