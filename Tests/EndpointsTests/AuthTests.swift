import Endpoints
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

/// Installing, the embedded page, and its small API.
@Suite struct AuthTests {
    private static let shop = World.domain

    private static func with<R: Sendable>(_ body: @escaping @Sendable (Site) async throws -> R) async throws -> R {
        try await Site.with(
            configure: { dependencies in
                dependencies.installer = Installer()
                dependencies.pixels = Pixels()
                dependencies.installations = Desk()
                dependencies.clientID = "client\"id"
            }, body)
    }

    @Test func `An installation begins with a redirect to the shop`() async throws {
        try await Self.with { site in
            let answers = [
                try await site.ask("/api/auth/shopify?shop=\(Self.shop)", key: "none"),
                try await site.ask("/api/auth/shopify/connect?shop=\(Self.shop)", .post, key: "none"),
                try await site.ask("/api/auth/shopify/connect", .post, key: "none", body: #"{"shop":"\#(Self.shop)"}"#),
            ]
            for answer in answers {
                #expect(answer.status == .found)
                #expect(answer.headers[.location] == "https://\(Self.shop)/admin/oauth/authorize?state=x")
                #expect(answer.json["authorization_url"] as? String == answer.headers[.location])
                #expect(answer.headers[.cacheControl] == "no-store")
            }
            let connect = "/api/auth/shopify/connect"
            let refused = [
                (try await site.ask("/api/auth/shopify", key: "none"), "?shop"),
                (try await site.ask("/api/auth/shopify?shop=evil.example.com", key: "none"), "?shop"),
                (try await site.ask(connect, .post, key: "none", body: #"{"shop":"evil.example.com"}"#), "/shop"),
                (try await site.ask(connect + "?shop=evil.example.com", .post, key: "none", body: "{}"), "?shop"),
            ]
            for (answer, pointer) in refused {
                #expect(answer.status == .badRequest)
                #expect(answer.json["type"] as? String == "urn:footfall:problem:bad-shop")
                #expect(answer.json["pointer"] as? String == pointer)
            }
            // Nobody's word is enough for more than a name.
            let long = #"{"shop":"\#(Self.shop)","x":"\#(String(repeating: "x", count: 4096))"}"#
            #expect(try await site.ask(connect, .post, key: "none", body: long).status == .contentTooLarge)
        }
    }

    @Test(arguments: [
        ("good", 302), ("forged", 401), ("old", 401), ("used", 401), ("evil", 400), ("denied", 403), ("away", 503),
    ])
    func `A callback is answered by what was wrong with it`(_ code: String, _ status: Int) async throws {
        try await Self.with { site in
            let answer = try await site.ask("/api/auth/shopify/callback?shop=\(Self.shop)&code=\(code)", key: "none")
            #expect(answer.status.code == status)
            if status == 302 { #expect(answer.headers[.location] == "https://admin.shopify.com/store/mattress/apps/x") }
            if status == 503 { #expect(answer.headers[.retryAfter] == "7") }
        }
    }

    @Test func `A browser that began another grant ends none of a stranger's`() async throws {
        try await Self.with { site in
            func ask(_ path: String, cookie: String?) async throws -> TestResponse {
                try await site.client.execute(uri: path, method: .get, headers: cookie.map { [.cookie: $0] } ?? [:])
            }
            let begin = "/api/auth/shopify?shop=\(Self.shop)"
            let callback = "/api/auth/shopify/callback?shop=\(Self.shop)&code=good&state="
            let set = try #require(try await ask(begin, cookie: nil).headers[.setCookie])
            #expect(set.contains("HttpOnly; Secure; SameSite=Lax") && set.contains("Max-Age=600"))
            #expect(!set.contains("=x"))
            let cookie = try #require(set.split(separator: ";").first.map(String.init))
            #expect(try await ask(callback + "x", cookie: "a=b; \(cookie)").status == .found)
            #expect(try await ask(callback + "y", cookie: "a=b; \(cookie)").status == .unauthorized)
            for other in [nil, "a=b", "footfall_grant="] {
                #expect(try await ask(callback + "y", cookie: other).status == .found)
            }
            // Tabs: the grant before stays good.
            let second = try #require(try await ask(begin, cookie: "footfall_grant=abc").headers[.setCookie])
            #expect(second.hasPrefix(cookie + ".abc;"))
            #expect(try await ask(callback + "x", cookie: cookie).headers[.setCookie]?.contains("Max-Age=0") == true)
        }
    }

    @Test func `A probe installs nothing`() async throws {
        try await Self.with { site in
            for path in ["/api/auth/shopify/callback", "/api/auth/shopify", "/api/auth/shopify/connect"] {
                let answer = try await site.ask("\(path)?shop=\(Self.shop)&code=good", .head, key: "none")
                #expect(answer.status == .methodNotAllowed, "\(path)")
                #expect(answer.headers[.location] == nil, "\(path)")
                #expect(answer.headers[.allow]?.contains("HEAD") == false, "\(path)")
            }
        }
    }

    @Test func `A session token is exchanged for its own shop only`() async throws {
        try await Self.with { site in
            let path = "/api/auth/shopify/token-exchange"
            let done = try await site.ask(path, .post, key: "merchant")
            #expect(done.status == .ok)
            #expect(done.json["shop"] as? String == Self.shop)
            // A shop that the registry does not know yet: Shopify installed the app by itself.
            #expect(try await site.ask(path, .post, key: "new").status == .unauthorized)
            let new = try await site.client.execute(
                uri: path, method: .post, headers: [.authorization: "Bearer jwt.newcomer.1"])
            #expect(new.json["shop"] as? String == "newcomer.myshopify.com")
            #expect(try await site.ask(path, .post, key: "reader").status == .unauthorized)
            #expect(
                try await site.ask(path, .post, key: "merchant", body: #"{"shop":"other.myshopify.com"}"#).status
                    == .notFound)
        }
    }

    @Test func `The pixel is changed by the shop's staff and by operators`() async throws {
        try await Self.with { site in
            let changes = [
                ("activate-extension", "active", 1), ("update-extension", "active", 2),
                ("deactivate-extension", "deleted", 2),
            ]
            for (path, status, version) in changes {
                let answer = try await site.ask("/api/auth/shopify/\(path)", .post, key: "merchant")
                let pixel = try #require(answer.json["pixel"] as? [String: Any])
                #expect(pixel["version"] as? Int == version)
                #expect(pixel["status"] as? String == status)
                #expect(try await site.ask("/api/auth/shopify/\(path)", .post, key: "reader").status == .forbidden)
            }
        }
    }

    @Test func `Only the shop's admin may show the page in a frame`() async throws {
        try await Self.with { site in
            for path in ["/app", "/app/"] {
                let page = try await site.ask("\(path)?shop=\(Self.shop)&host=abc&embedded=1", key: "none")
                #expect(page.status == .ok)
                let policy = try #require(page.headers[.contentSecurityPolicy])
                #expect(policy.hasSuffix("frame-ancestors https://\(Self.shop) https://admin.shopify.com"))
                #expect(page.text.contains(#"<meta name="shopify-api-key" content="client&quot;id">"#))
                #expect(
                    page.text.contains(#"<script src="https://cdn.shopify.com/shopifycloud/app-bridge.js"></script>"#))
                #expect(!page.text.contains("Content-Security-Policy"))
                #expect(page.headers[try #require(HTTPField.Name("X-Frame-Options"))] == nil)
                let tag = try #require(page.headers[.eTag])
                let again = try await site.ask("\(path)?shop=\(Self.shop)", key: "none", headers: [.ifNoneMatch: tag])
                #expect(again.status == .notModified)
                #expect(again.headers[.contentSecurityPolicy] == policy)
            }
            let dev = try await site.ask("/app?shop=Dev-1.myshopify.io", key: "none")
            #expect(dev.headers[.contentSecurityPolicy]?.contains("ancestors https://dev-1.myshopify.io ") == true)
            let evil = [
                "evil.example.com", "a.myshopify.com.evil.com", "-a.myshopify.com", "a%20b.myshopify.com",
                "a;.myshopify.com", ".myshopify.com", "a%0Ab.myshopify.com", "https://a.myshopify.com", "",
            ]
            for shop in evil {
                let refused = try await site.ask("/app?shop=\(shop)", key: "none")
                #expect(refused.status == .badRequest, "\(shop)")
                #expect(refused.headers[.contentSecurityPolicy]?.hasSuffix("frame-ancestors 'none'") == true)
            }
            #expect(try await site.ask("/app", key: "none").status == .badRequest)
        }
    }

    @Test func `The page's own files are where it says`() async throws {
        try await Self.with { site in
            let page = try await site.ask("/app?shop=\(Self.shop)", key: "none").text
            let links = page.matches(of: /(?:href|src)="([^"#]+)"/).map { String($0.1) }
            #expect(links.count >= 6)
            for link in links where !link.hasPrefix("https://cdn.shopify.com/") && !link.contains("vendor/") {
                #expect(link.hasPrefix("/app/"), "\(link)")
                #expect(try await site.ask(link, key: "none").status == .ok, "\(link)")
            }
            #expect(try await site.ask("/app/index.html", key: "none").status == .notFound)
        }
    }

    @Test func `The state of the installation is shown`() async throws {
        try await Self.with { site in
            let state = try await site.ask("/app/api/status", key: "merchant")
            #expect(state.status == .ok)
            #expect(state.json["shop"] as? String == Self.shop)
            #expect(state.json["connected"] as? Bool == true)
            let change = try #require((state.json["pixel_history"] as? [[String: Any]])?.first)
            #expect(change["action"] as? String == "created" && change["status"] as? String == "active")
            let orders = try #require((state.json["imports"] as? [[String: Any]])?.first)
            #expect(orders["resource"] as? String == "orders")
            #expect(orders["count"] as? Int == 5)
            #expect(orders["total"] as? Int == 20)
            #expect((state.json["webhooks"] as? [String: Any])?["failing"] as? [String] == ["carts/update"])
        }
    }

    @Test func `A server without the app says so, and probes never fail`() async throws {
        try await Site.with { site in
            let paths: [(String, HTTPRequest.Method)] = [
                ("/api/auth/shopify?shop=\(Self.shop)", .get), ("/api/auth/shopify/connect?shop=\(Self.shop)", .post),
                ("/api/auth/shopify/callback?shop=\(Self.shop)", .get), ("/app?shop=\(Self.shop)", .get),
            ]
            for (path, method) in paths {
                let answer = try await site.ask(path, method, key: "none")
                #expect(answer.status == .serviceUnavailable, "\(path)")
                #expect(answer.json["type"] as? String == "urn:footfall:problem:not-available", "\(path)")
            }
            for path in ["/api/auth/shopify", "/api/auth/shopify/callback", "/app", "/api/auth/shopify/connect"] {
                for method in [HTTPRequest.Method.get, .head, .options, .put, .delete] {
                    let status = try await site.ask(path, method, key: "none").status.code
                    #expect(status < 500 || status == 503, "\(method) \(path)")
                }
            }
        }
    }
}

private struct Installer: AppInstaller {
    func begin(shop: String) async throws -> String {
        guard shop.hasSuffix(".myshopify.com") else { throw AppRefusal.notAShop }
        return "https://\(shop)/admin/oauth/authorize?state=x"
    }

    func complete(query: String) async throws -> InstalledApp {
        let refusals: [String: AppRefusal] = [
            "forged": .badSignature, "old": .stale, "used": .badState, "evil": .notAShop, "denied": .denied,
            "away": .unavailable(retryAfterSeconds: 7),
        ]
        let code = query.split(separator: "&").first { $0.hasPrefix("code=") }?.dropFirst(5) ?? ""
        if let refusal = refusals[String(code)] { throw refusal }
        return InstalledApp(
            shop: World.domain, page: "https://admin.shopify.com/store/mattress/apps/x", scopes: ["read_orders"])
    }

    func exchange(sessionToken: String) async throws -> InstalledApp {
        let session = try await Sessions().session(of: sessionToken)
        return InstalledApp(shop: session?.shop ?? "", page: "", scopes: ["read_orders"])
    }
}

private struct Pixels: PixelDesk {
    func activate(shop: Int32) async throws -> PixelState { PixelState(status: "active", id: "gid://x/1", version: 1) }
    func update(shop: Int32) async throws -> PixelState { PixelState(status: "active", id: "gid://x/1", version: 2) }
    func deactivate(shop: Int32) async throws -> PixelState { PixelState(status: "deleted", version: 2) }
}

private struct Desk: InstallationDesk {
    func installation(of shop: Int32) async throws -> Installation {
        Installation(
            isConnected: true, scopes: ["read_orders"],
            webhooks: .init(wanted: 3, registered: 2, failing: ["carts/update"], checkedAt: Site.now),
            pixel: PixelState(status: "active", version: 1),
            pixelHistory: [
                PixelChange(at: Site.now, action: "created", state: PixelState(status: "active", version: 1))
            ],
            imports: [ImportProgress(resource: "orders", status: "reading", count: 5, total: 20)])
    }
}
