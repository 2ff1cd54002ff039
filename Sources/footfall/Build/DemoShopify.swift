internal import AsyncHTTPClient
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import ShopifyStandIn

/// Shopify's side of the demo: a stand-in on this machine, at which the demo shop installs the app like any other. So a
/// newcomer sees an installation, its web pixel and webhooks, and the import of its history without an account there.
struct DemoShopify {
    static let domain = "demo-store.myshopify.com"
    private static let clientID = "footfall-demo"
    /// Shopify takes https addresses only; the stand-in is told where this one leads.
    private static let publicAddress = "https://footfall.example"
    private static let dayMillis: Int64 = 86_400_000
    /// The imported history lies before the simulated days.
    private static let historyDays: Int64 = 90

    let standIn: StandIn

    /// Serves a stand-in while `body` runs. `secret` is the app's API secret; `until` ends the simulated days.
    static func serving<R: Sendable>(
        secret: String, simulatedDays: Int, until: Int64, _ body: @Sendable (DemoShopify) async throws -> R
    ) async throws -> R {
        var configuration = StandInConfiguration(
            clientID: clientID, clientSecret: secret, nowMillis: { Int64(Date().timeIntervalSince1970 * 1000) })
        configuration.redirectURIs = [publicAddress + "/api/auth/shopify/callback"]
        configuration.pixelSettings = ["accountID", "endpoint"]
        configuration.catalogue.until = until - Int64(simulatedDays) * dayMillis
        configuration.catalogue.from = configuration.catalogue.until - historyDays * dayMillis
        // It says of each request that it is not checked, which concerns tests only.
        let logger = Logger(label: "footfall.demo.shopify") { _ in SwiftLogNoOpLogHandler() }
        return try await StandIn.serving(configuration, logger: logger) { try await body(DemoShopify(standIn: $0)) }
    }

    /// Leads the app to the stand-in.
    func settings() async -> [String: String] {
        [
            "SHOPIFY_API_KEY": Self.clientID, "SHOPIFY_APP_URL": Self.publicAddress,
            "SHOPIFY_ADMIN_BASE_URL": await standIn.address(),
        ]
    }

    /// Installs the app as a merchant does: begins, agrees at Shopify, and comes back. Also after a restart, when the
    /// stand-in has forgotten the token that it gave; what is imported again counts once.
    func install(base: String) async throws {
        standIn.leads(Self.publicAddress, to: base)
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
        defer { client.shutdown { _ in } }
        let grant = try await Self.redirect("\(base)/api/auth/shopify?shop=\(Self.domain)", client)
        let callback = try await Self.redirect(grant, client)
        guard callback.hasPrefix(Self.publicAddress) else { throw CommandFailure("The demo shop was not granted.") }
        _ = try await Self.redirect(base + callback.dropFirst(Self.publicAddress.count), client)
    }

    private static func redirect(_ url: String, _ client: HTTPClient) async throws -> String {
        let answer = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(30))
        guard let location = answer.headers.first(name: "Location") else {
            throw CommandFailure("The demo shop cannot be installed: \(answer.status).")
        }
        return location
    }
}
