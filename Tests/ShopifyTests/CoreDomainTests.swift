import Registry
import Shopify
import Testing

@Suite struct CoreDomainTests {
    private struct Case: Decodable {
        struct Expected: Decodable { let shop: String? }
        let id: String
        let input: String
        let expected: Expected
    }

    @Test func vectors() throws {
        for one in try CoreVectors.cases("shop_domains", as: Case.self) {
            #expect(ShopDomain(entered: one.input)?.text == one.expected.shop, "\(one.id)")
        }
    }

    /// A shop that the app can be installed at is one that the registry takes.
    @Test func theRegistryTakesThem() throws {
        for one in try CoreVectors.cases("shop_domains", as: Case.self) {
            guard let shop = one.expected.shop else { continue }
            #expect(try ShopRegistry.normalised(domain: shop.uppercased()) == shop, "\(one.id)")
        }
        #expect(throws: ShopRegistry.Refusal.self) { try ShopRegistry.normalised(domain: "-a.myshopify.io") }
    }

    @Test(arguments: [
        " https://Test-Shop.myshopify.com/ ", "http://test-shop.myshopify.com", "test-shop.myshopify.com/admin/orders",
        "https://admin.shopify.com/store/test-shop/apps?x=1",
    ])
    func peopleAreForgiven(_ text: String) {
        #expect(ShopDomain(entered: text)?.text == "test-shop.myshopify.com")
    }

    @Test(arguments: [
        "https://test-shop.myshopify.com", "test-shop.myshopify.com/", " test-shop.myshopify.com",
        "test-shop.myshopify.com\n", "a.test-shop.myshopify.com", "evil.com#.myshopify.com", "test_shop.myshopify.com",
        "x@test.myshopify.com", "test.myshopify.com:443", ".myshopify.com", "\u{212A}elvin.myshopify.com",
        String(repeating: "a", count: 64) + ".myshopify.com",
    ])
    func machinesAreNot(_ text: String) {
        #expect(ShopDomain(text) == nil)
    }

    @Test func entriesThatLeadElsewhere() {
        for text in [
            "https://evil.com/test.myshopify.com", "x@evil.com", "https://user@test.myshopify.com", "//", "\0",
        ] {
            #expect(ShopDomain(entered: text) == nil, "\(text)")
        }
    }

    @Test func overrideIsLoopbackOnly() throws {
        for good in ["http://127.0.0.1:9/{shop}", "http://localhost:1/", "http://[::1]:80/x/{shop}"] {
            #expect(AdminAddress(override: good) != nil, "\(good)")
        }
        for bad in [
            "https://example.com/{shop}", "http://127.0.0.1.evil.com", "http://127.0.0.1@evil.com/", "http://{shop}",
            "ftp://127.0.0.1", "127.0.0.1", "http://evil.com#127.0.0.1", "http://evil.com\\@127.0.0.1",
        ] {
            #expect(AdminAddress(override: bad) == nil, "\(bad)")
        }
        let shop = try #require(ShopDomain("a.myshopify.com"))
        let address = try #require(AdminAddress(override: "http://127.0.0.1:9/{shop}/"))
        #expect(
            address.graphQL(of: shop, version: "2026-07")
                == "http://127.0.0.1:9/a.myshopify.com/admin/api/2026-07/graphql.json")
        #expect(AdminAddress.shopify.accessToken(of: shop) == "https://a.myshopify.com/admin/oauth/access_token")
    }

    @Test func bulkFilesComeByHTTPS() throws {
        let loopback = try #require(AdminAddress(override: "http://127.0.0.1:9/{shop}"))
        #expect(AdminAddress.shopify.allowsDownload("https://storage.googleapis.com/x?y"))
        #expect(!AdminAddress.shopify.allowsDownload("http://storage.googleapis.com/x"))
        #expect(!AdminAddress.shopify.allowsDownload("http://127.0.0.1:9/x"))
        #expect(!AdminAddress.shopify.allowsDownload("file:///etc/passwd"))
        #expect(loopback.allowsDownload("http://127.0.0.1:9/x"))
        #expect(!loopback.allowsDownload("http://10.0.0.1/x"))
    }
}
