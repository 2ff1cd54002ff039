/// A step of an installation that was refused or failed. Holds no token, no code and no state.
package struct OAuthError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was.
    package enum Code: String, Sendable {
        /// Not the domain of a shop.
        case shopName
        /// The callback is not signed by Shopify.
        case signature
        /// A state that was never given, was given for another shop, was used, or is older than 10 minutes.
        case state
        /// The callback's time is not now.
        case stale
        /// The session token is not valid: the browser has to fetch another one.
        case sessionToken
        /// Code or refresh token are not accepted (any more).
        case grant
        /// Shopify does not accept the app's id or secret.
        case credentials
        /// No answer, or a store of ours failed; may be tried again.
        case unavailable
        /// An answer that is not what Shopify documents.
        case malformed
    }

    /// What kind of failure it was.
    package let code: Code
    /// For people; safe to log.
    package let message: String

    /// Makes an error.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// True when the same call may succeed later.
    package var isRetryable: Bool { code == .unavailable }

    /// One line for logs.
    package var description: String { "OAuth \(code.rawValue): \(message)" }
}
