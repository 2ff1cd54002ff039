internal import Cryptography

/// Shopify's webhook signature: base64 of HMAC-SHA-256 over the body's raw bytes.
enum WebhookSignature {
    /// True when any active secret made the signature. Empty bodies are never signed, and take the same time.
    static func verifies(_ header: String, body: Span<UInt8>, secrets: [HMACSHA256]) -> Bool {
        // Some senders leave the line break of their base64 encoder at the end.
        let text = String(decoding: header.utf8.filter { $0 > 0x20 }, as: UTF8.self)
        guard body.count > 0, let code = Base64.decode(text) else { return false }
        var isValid = false
        for secret in secrets where secret.isValid(code, for: body) { isValid = true }
        return isValid
    }
}
