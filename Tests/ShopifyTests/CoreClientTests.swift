import EventModel
import Postgres
import Shopify
import ShopifyStandIn
import Testing

/// The client against the stand-in's faults. Waits move the test's clock and take no time.
@Suite struct CoreClientTests {
    @Test func passingTroubleIsWaitedOut() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop.id
            world.standIn.fail(CoreWorld.domain, .throttled, .status(502), .internalError, .status(429, retryAfter: 2))
            world.standIn.forgetRequests()
            let answer = try await world.admin.run(.shop, shop: shop)
            #expect(try CoreJSON(answer.data)["shop"]["myshopifyDomain"].text == CoreWorld.domain)
            #expect(world.standIn.requests.count == 5)
        }
    }

    @Test func statusesAreTyped() async throws {
        let faults: [(AdminFault, AdminError.Code)] = [
            (.status(402), .frozen), (.status(423), .frozen), (.status(403), .accessDenied), (.status(404), .gone),
            (.garbage, .malformed),
        ]
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop.id
            for (fault, code) in faults {
                world.standIn.fail(CoreWorld.domain, fault)
                let error = await #expect(throws: AdminError.self) { try await world.admin.run(.shop, shop: shop) }
                #expect(error?.code == code, "\(fault)")
                #expect(error?.isRetryable == false)
            }
        }
    }

    @Test func mutationsAreNotRepeatedBlindly() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop.id
            world.standIn.forgetRequests()
            world.standIn.fail(CoreWorld.domain, .lostAnswer)
            let error = await #expect(throws: AdminError.self) {
                try await world.admin.run(
                    .webPixelDelete, variables: Array(#"{"id":"gid://shopify/WebPixel/1"}"#.utf8), shop: shop)
            }
            #expect(error?.code == .unavailable)
            #expect(world.standIn.requests.count == 1)
        }
    }

    @Test func aRefusedTokenIsRenewedOnce() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop.id
            world.standIn.revokeAccess(CoreWorld.domain)
            _ = try await world.admin.run(.shop, shop: shop)
            world.standIn.uninstall(CoreWorld.domain)
            let error = await #expect(throws: AdminError.self) { try await world.admin.run(.shop, shop: shop) }
            #expect(error?.code == .unauthorized)
        }
    }

    @Test func tokensAreRefreshedAgainAndAgain() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop.id
            for _ in 0..<5 {
                world.time.advance(3_500_000)
                _ = try await world.admin.run(.shop, shop: shop)
            }
            #expect(world.standIn.problems == [])
        }
    }

    @Test func anOldTokenIsMigrated() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop.id
            let old = world.standIn.install(CoreWorld.domain, scopes: CoreWorld.scopes, isExpiring: false)
            let tokens = world.tokens
            try await world.pool.run { connection in
                try tokens.store(
                    TokenGrant(access: Secret(old), scopes: Scopes(CoreWorld.scopes)), shop: shop, on: connection)
            }
            let access = try await tokens.access(to: shop)
            #expect(access.token.revealed != old)
            _ = try await world.admin.run(.shop, shop: shop)
            #expect(world.standIn.problems == [])
        }
    }

    @Test func anEmptyBucketIsWaitedFor() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop.id
            _ = try await world.admin.run(.shop, shop: shop)
            world.standIn.drainCost(CoreWorld.domain)
            let before = world.time.now
            _ = try await world.admin.run(.shop, shop: shop)
            #expect(world.time.now > before)
        }
    }
}
