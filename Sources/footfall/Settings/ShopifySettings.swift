internal import Configuration
internal import Foundation

/// What Footfall is told of the app it is at Shopify's. All of it may be absent: shops added by hand need none.
///
/// | name | meaning | default |
/// |---|---|---|
/// | `SHOPIFY_API_KEY` | the app's client id; without it nothing can be installed | none |
/// | `SHOPIFY_APP_URL` | where Shopify and shoppers reach this app, https | none |
/// | `SHOPIFY_REDIRECT_URI` | where Shopify sends the merchant back | app URL + `/api/auth/shopify/callback` |
/// | `SHOPIFY_SCOPES` | comma list | what the pipeline reads and the pixel needs |
/// | `SHOPIFY_API_VERSION` | of the Admin API | `2026-07` |
/// | `SHOPIFY_ADMIN_BASE_URL` | tests only: a loopback address in place of the shop's, `{shop}` is replaced | none |
struct ShopifySettings: Sendable {
    var apiKey: String?
    var appURL: String?
    var redirectURI: String?
    var scopes: [String]
    var apiVersion: String
    var adminBaseURL: String?

    /// Reading what the read models show, and activating the pixel. Draft orders are for the widget's chat.
    private static let scopesByDefault = [
        "read_products", "read_orders", "read_customers", "read_customer_events", "write_pixels", "write_draft_orders",
        "write_app_proxy",
    ]

    init(_ config: ConfigReader) throws {
        func text(_ key: String) -> String? {
            config.string(forKey: ConfigKey(key)).flatMap { $0.isEmpty ? nil : $0 }
        }
        apiKey = text("shopify.api.key")
        appURL = try text("shopify.app.url").map { try Self.webAddress($0, "SHOPIFY_APP_URL") }
        redirectURI =
            try text("shopify.redirect.uri").map { try Self.webAddress($0, "SHOPIFY_REDIRECT_URI") }
            ?? appURL.map { $0 + "/api/auth/shopify/callback" }
        scopes =
            text("shopify.scopes").map { $0.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init) }
            ?? Self.scopesByDefault
        apiVersion = text("shopify.api.version") ?? "2026-07"
        adminBaseURL = try text("shopify.admin.base.url").map(Self.loopback)
        guard apiVersion.wholeMatch(of: /20\d\d-(01|04|07|10)|unstable/) != nil else {
            throw CommandFailure("SHOPIFY_API_VERSION must be a quarter such as 2026-07, not \(apiVersion).")
        }
    }

    private static func webAddress(_ text: String, _ name: String) throws -> String {
        guard let url = URL(string: text), ["https", "http"].contains(url.scheme), url.host() != nil else {
            throw CommandFailure("\(name) must be an http or https address, not \(text).")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// Tokens go to this address, so it must not lead off the machine.
    private static func loopback(_ text: String) throws -> String {
        let probe = text.replacing("{shop}", with: "shop")
        guard let host = URL(string: probe)?.host(), ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host) else {
            throw CommandFailure("SHOPIFY_ADMIN_BASE_URL must be a loopback address; it is for tests only.")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
