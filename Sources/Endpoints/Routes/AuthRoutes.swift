internal import HTTPTypes
internal import Hummingbird
internal import ReadModels

/// The routes under `/api/auth/shopify`: installing the app, and its web pixel.
struct AuthRoutes: Sendable {
    let dependencies: EndpointDependencies
    let gate: Gatekeeper

    /// All of them.
    var routes: [Route] { [connect, begin, callback, exchange, activate, update, deactivate] }

    private static let group = "Shopify app"
    private static let redirect = Route.Answer(
        status: 302, schema: "Grant", text: "Leads to the shop, where the merchant grants it.")

    private var connect: Route {
        Route(
            method: .post, path: "/api/auth/shopify/connect", group: Self.group, summary: "Install the app in a shop",
            text: "Begins the authorization code grant. The shop may also be a parameter of the query string.",
            body: "ShopName", bodyIsOptional: true, answers: [Self.redirect], problems: [503],
            handler: { request, _ in
                // Nobody's body is read where there is nothing to begin.
                let installer = try installer
                let (shop, pointer) = try await request.shopName()
                return try await begin(shop, pointer, installer, request)
            })
    }

    private var begin: Route {
        Route(
            method: .get, path: "/api/auth/shopify", group: Self.group, summary: "Install the app in a shop",
            text: "What Shopify opens for a merchant who installs the app; begins the authorization code grant.",
            parameters: [
                Route.Parameter(name: "shop", isRequired: true, text: "The shop's domain.")
            ], answers: [Self.redirect], problems: [400, 503], isSafe: false,
            handler: { request, _ in try await begin(try request.parameter("shop"), "?shop", try installer, request) })
    }

    /// `pointer` is where the shop's name was looked for.
    private func begin(
        _ shop: String?, _ pointer: String, _ installer: any AppInstaller, _ request: Request
    ) async throws -> Response {
        guard let shop else { throw Problem.notAShop(pointer) }
        let address: String
        do {
            address = try await installer.begin(shop: shop)
        } catch AppRefusal.notAShop {
            throw Problem.notAShop(pointer)
        }
        var writer = JSONWriter()
        writer.object { $0.member("authorization_url", address) }
        return Response(
            status: .found,
            headers: [
                .location: address, .cacheControl: "no-store", .contentType: "application/json",
                .setCookie: GrantCookie.setting(address, request),
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }

    private var callback: Route {
        Route(
            method: .get, path: "/api/auth/shopify/callback", group: Self.group, summary: "The end of a grant",
            text: "Shopify sends the merchant here, with a signed query string.",
            parameters: ["code", "hmac", "shop", "state", "timestamp"].map {
                Route.Parameter(name: $0, isRequired: true, text: "As Shopify sends it.")
            }, answers: [Route.Answer(status: 302, type: "", text: "Leads to the app's page in the shop's admin.")],
            problems: [400, 401, 403, 503], isSafe: false,
            handler: { request, _ in
                try GrantCookie.check(request)
                let app = try await installer.complete(query: request.uri.query ?? "")
                gate.directory.forget(domain: app.shop)
                return Response(
                    status: .found,
                    headers: [.location: app.page, .cacheControl: "no-store", .setCookie: GrantCookie.cleared])
            })
    }

    private var exchange: Route {
        Route(
            method: .post, path: "/api/auth/shopify/token-exchange", group: Self.group,
            summary: "Connect the shop of a session",
            text: """
                Exchanges the session token for an offline token, which stays here. The embedded page asks this where \
                Shopify installed the app by itself.
                """, opensToMerchants: true, body: "ShopName", bodyIsOptional: true,
            answers: [Route.Answer(schema: "Connected", text: "The shop is connected.")], problems: [409],
            handler: { request, _ in
                let (token, session) = try await gate.session(of: request)
                let named = try await request.shopName().name
                guard named == nil || named?.lowercased() == session.shop else { throw Problem.noShop }
                let app = try await installer.exchange(sessionToken: token)
                gate.directory.forget(domain: app.shop)
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("shop", app.shop)
                    writer.member("scopes", app.scopes)
                }
                return .json(writer.bytes)
            })
    }

    private var activate: Route {
        pixel("activate-extension", "Activate the web pixel", "Creates it, or takes over the one that is there.") {
            try await $0.activate(shop: $1)
        }
    }

    private var update: Route {
        pixel("update-extension", "Update the web pixel", "Writes the settings of now into it.") {
            try await $0.update(shop: $1)
        }
    }

    private var deactivate: Route {
        pixel("deactivate-extension", "Take the web pixel away", "Removes it, until it is activated again.") {
            try await $0.deactivate(shop: $1)
        }
    }

    private func pixel(
        _ name: String, _ summary: String, _ text: String,
        _ change: @escaping @Sendable (any PixelDesk, Int32) async throws -> PixelState
    ) -> Route {
        Route(
            method: .post, path: "/api/auth/shopify/\(name)", group: Self.group, summary: summary,
            text: text + " Its state and version are kept.", scope: .admin, opensToMerchants: true, body: "ShopName",
            bodyIsOptional: true, answers: [Route.Answer(schema: "Pixel", text: "The pixel now.")], problems: [409],
            handler: { request, _ in
                let caller = try await gate.caller(of: request, needing: .admin, orMerchant: true)
                let (named, pointer) = try await request.shopName()
                let shop = try await gate.shop(named, for: caller, pointer: pointer)
                guard let pixels = dependencies.pixels else { throw Problem.notSetUp("Shopify's app") }
                let state = try await change(pixels, shop.key.shop)
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("shop", shop.domain)
                    writer.member("pixel") { state.write(&$0) }
                }
                return .json(writer.bytes)
            })
    }

    private var installer: any AppInstaller {
        get throws {
            guard let installer = dependencies.installer else { throw Problem.notSetUp("Shopify's app") }
            return installer
        }
    }
}
