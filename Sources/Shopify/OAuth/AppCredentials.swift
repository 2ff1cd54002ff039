internal import Cryptography

/// The app's own identity at Shopify.
package struct AppCredentials: Sendable {
    /// `SHOPIFY_API_KEY`.
    package let clientID: String
    /// `SHOPIFY_API_SECRET`; what we sign with and send.
    package let secret: Secret
    /// `SHOPIFY_API_SECRET_PREVIOUS` while the secret is rotated: Shopify may sign with the oldest one not revoked.
    package let previousSecret: Secret?

    /// Nil without an id or a secret: an empty secret would verify what anybody signs.
    package init?(clientID: String, secret: Secret, previousSecret: Secret? = nil) {
        guard !clientID.isEmpty, !secret.revealed.isEmpty else { return nil }
        self.clientID = clientID
        self.secret = secret
        self.previousSecret = previousSecret.flatMap { $0.revealed.isEmpty ? nil : $0 }
    }

    /// All secrets that a signature of Shopify may be made with.
    package var secrets: [Secret] { [secret] + (previousSecret.map { [$0] } ?? []) }

    /// A key of our own for one purpose. The raw secret never signs for us: such a signature could be shown to us again
    /// as one of Shopify's.
    func derivedKey(_ purpose: String) -> [UInt8] { HKDF.derive(secret: secret.bytes, info: "footfall \(purpose)") }
}
