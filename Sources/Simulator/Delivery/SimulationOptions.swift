/// How a plan is sent.
package struct SimulationOptions: Sendable {
    /// How shoppers are told apart who gave no consent, and so are known by address and user agent only.
    package enum Addressing: Sendable {
        /// Each visitor's address goes in `X-Forwarded-For`; the gateway must trust the sender's address as a proxy's.
        case forwardedFor
        /// Everybody shares the sender's address; the request's user agent gets a suffix that tells them apart.
        case userAgentSuffix
    }

    /// The pixel's account id, as in `/v1/pixel/{account_id}`.
    package var accountID: String
    /// Makes the value of `X-Shopify-Hmac-Sha256` for a raw body.
    package var signWebhook: @Sendable ([UInt8]) -> String
    /// See `Addressing`.
    package var addressing = Addressing.forwardedFor
    /// The first two parts of the widget's paths.
    package var widgetPrefix = "/apps/mattressai"
    /// Requests under way at once.
    package var concurrency = 32
    /// Asks for a result of every pixel event and counts them in the report.
    package var isVerbose = false

    /// Everything else as the defaults say.
    package init(accountID: String, signWebhook: @escaping @Sendable ([UInt8]) -> String) {
        self.accountID = accountID
        self.signWebhook = signWebhook
    }
}
