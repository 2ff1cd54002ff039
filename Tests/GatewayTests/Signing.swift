import Cryptography

/// Signs as Shopify does.
enum Signing {
    static func webhook(_ body: String, _ secret: [UInt8]) -> String {
        Base64.encode(HMACSHA256.authenticate(Array(body.utf8), key: secret))
    }

    static func webhook(_ body: [UInt8]) -> String {
        Base64.encode(HMACSHA256.authenticate(body, key: Harness.secret))
    }

    /// A query with the proxy's signature; the pairs are plain text.
    static func proxy(_ pairs: [(String, String)], _ secret: [UInt8]) -> String {
        let text = pairs.map { "\($0.0)=\($0.1)" }
        let code = HMACSHA256.authenticate(Array(text.sorted().joined().utf8), key: secret)
        return (text + ["signature=\(Hex.encode(code))"]).joined(separator: "&")
    }
}
