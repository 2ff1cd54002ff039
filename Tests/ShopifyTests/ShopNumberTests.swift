import EventModel
import Postgres
import Registry
import Shopify
import Testing

/// The gateways tell by Shopify's number of a shop whose a delivery is; they read the registry and nothing else.
@Suite struct ShopNumberTests {
    @Test func `the registry knows the number of an installed shop`() async throws {
        try await CoreWorld.run { world in
            let shop = try await world.installed().shop.id
            let (known, installed) = try await world.pool.run { connection in
                (
                    try ShopRegistry.find(id: shop, on: connection)?.shopifyID,
                    try connection.query(
                        "select shopify_id from shopify.installation where shop_id = $1", [.int4(shop)])[0].int64(0)
                )
            }
            #expect(known == installed)
            let all = try await world.pool.run { try ShopRegistry.list(on: $0) }
            #expect(all.map(\.shopifyID) == [installed])
        }
    }
}
