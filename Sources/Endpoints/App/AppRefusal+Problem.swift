internal import HTTPTypes

extension Problem {
    /// What a client is told about a refusal of the Shopify side.
    init(_ refusal: AppRefusal) {
        switch refusal {
        case .notAShop: self = .notAShop("?shop")
        case .badSignature:
            self.init(.unauthorized, "The request was not signed by Shopify for this app.", slug: "bad-signature")
        case .badState:
            self.init(
                .unauthorized, "This grant was not begun here, is over, or was used already; begin it again.",
                slug: "bad-state")
        case .stale: self.init(.unauthorized, "The request was signed too long ago; begin again.", slug: "stale")
        case .badSessionToken: self = .staleSession
        case .denied: self.init(.forbidden, "Shopify did not grant access; begin again.", slug: "denied")
        case .notInstalled:
            self.init(.conflict, "The app is not installed in this shop; install it first.", slug: "not-installed")
        case .lacksScopes(let scopes):
            self.init(
                .conflict, "The shop has not granted what this needs; install the app again.", allowed: scopes,
                slug: "lacks-scopes")
        case .refused(let words):
            self.init(.unprocessableContent, "Shopify refused it: \(words)", slug: "refused-by-shopify")
        case .unavailable(let seconds):
            self.init(
                .serviceUnavailable, "Shopify cannot be reached just now; try again.",
                headers: [.retryAfter: String(max(1, seconds))], slug: "shopify-unavailable")
        }
    }

    /// What was given as a shop's name is none; `pointer` is where it was looked for.
    static func notAShop(_ pointer: String) -> Problem {
        Problem(
            .badRequest, "A shop is named by its domain, such as example.myshopify.com.", pointer: pointer,
            slug: "bad-shop")
    }
}
