/// Why a session token was refused; for counters and logs, never for the one who sent it.
package enum SessionTokenError: String, Error, Sendable, CaseIterable {
    /// Not three parts of base64url JSON with the claims of an admin token.
    case malformed
    /// Another algorithm than HS256.
    case algorithm
    /// Signed with none of the app's secrets.
    case signature
    /// Ended more than the leeway ago.
    case expired
    /// Begins more than the leeway from now.
    case early
    /// Made for another app.
    case audience
    /// Issuer and destination are not the admin of one and the same shop.
    case shop
    /// A shopper's token of a checkout extension: the same key, the same app, and no merchant.
    case shopper
}
