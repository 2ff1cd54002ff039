import EventModel
import Postgres
import Shopify
import Synchronization
import Testing

/// Exchanges an old token, which dies at once, and answers when it is told to.
private final class SlowRenewal: TokenRenewal {
    private let begun = AsyncStream<Void>.makeStream()
    private let told = AsyncStream<Void>.makeStream()
    private let count = Mutex(0)

    var exchanges: Int { count.withLock { $0 } }

    func refresh(_ token: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant {
        throw OAuthError(.grant, "nothing to refresh")
    }

    func migrate(_ token: Secret, shop: ShopDomain) async throws(OAuthError) -> TokenGrant {
        count.withLock { $0 += 1 }
        begun.continuation.yield()
        for await _ in told.stream { break }
        return .pair(2)
    }

    func hasBegun() async { for await _ in begun.stream { break } }
    func answer() { told.continuation.finish() }
}

@Suite struct CoreTokenMoveTests {
    @Test func whoeverIsRefusedDuringTheExchangeWaitsForIt() async throws {
        try await VaultWorld.with { world in
            try await world.store(.endless)
            let renewal = SlowRenewal()
            // Somebody waits for the exchange: now it may end.
            let timing = AdminTiming(
                clock: JumpingClock { _ in renewal.answer() }, nowMillis: { world.time.now }, jitter: { 0 })
            let tokens = TokenVault(pool: world.pool, vault: world.vault, endpoint: renewal, timing: timing)
            async let first = tokens.access(to: world.shop)
            await renewal.hasBegun()
            let old = try await tokens.access(to: world.shop)
            #expect(old.token.revealed == "endless")
            let others = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await tokens.access(to: world.shop, after: old).token.revealed }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(others == ["access-2"])
            #expect(try await first.token.revealed == "access-2")
            #expect(renewal.exchanges == 1)
        }
    }
}
