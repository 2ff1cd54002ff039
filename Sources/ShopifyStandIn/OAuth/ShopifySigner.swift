internal import Cryptography

/// Signs as Shopify does, with the app's client secret.
package struct ShopifySigner: Sendable {
    /// The app's client id, the audience of session tokens.
    package let clientID: String
    private let secret: [UInt8]

    /// A signer with the secret of an app.
    package init(clientID: String, clientSecret: String) {
        self.clientID = clientID
        self.secret = Array(clientSecret.utf8)
    }

    private func code(_ bytes: [UInt8]) -> [UInt8] { HMACSHA256.authenticate(bytes, key: secret) }

    /// `X-Shopify-Hmac-Sha256` of a body.
    package func webhookSignature(_ body: [UInt8]) -> String { Base64.encode(code(body)) }

    /// The query of an OAuth callback with its `hmac`: sorted `k=v` joined by `&` (shopify.md, section 2.2).
    package func callbackQuery(_ parameters: [(String, String)]) -> String {
        let text = parameters.sorted { $0.0 < $1.0 }.map { "\($0)=\($1)" }.joined(separator: "&")
        return QueryText.encode(parameters + [("hmac", Hex.encode(code(Array(text.utf8))))])
    }

    /// The query of a call through the app proxy with its `signature`: repeated keys joined by commas, `k=v` sorted and
    /// put together without separator (shopify.md, section 3).
    package func proxyQuery(_ parameters: [(String, String)]) -> String {
        var values: [String: [String]] = [:]
        for (name, value) in parameters { values[name, default: []].append(value) }
        let text = values.map { "\($0.key)=\($0.value.joined(separator: ","))" }
            .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }.joined()
        return QueryText.encode(parameters + [("signature", Hex.encode(code(Array(text.utf8))))])
    }

    /// A session token of a merchant's embedded page (shopify.md, section 2.5): HS256, a minute long.
    package func sessionToken(shop: String, user: String, nowMillis: Int64, lifetimeSeconds: Int64 = 60) -> String {
        let now = nowMillis / 1000
        return token([
            "iss": .string("https://\(shop)/admin"), "dest": .string("https://\(shop)"), "aud": .string(clientID),
            "sub": .string(user), "exp": WireValue(now + lifetimeSeconds), "nbf": WireValue(now), "iat": WireValue(now),
            "jti": .string(Hex.encode(SecureRandom.bytes(16))), "sid": .string(Hex.encode(SecureRandom.bytes(32))),
        ])
    }

    /// A token with any claims and any algorithm name, signed as HS256, for requests that must be refused.
    package func token(_ claims: WireValue, algorithm: String = "HS256") -> String {
        let head: WireValue = ["alg": .string(algorithm), "typ": "JWT"]
        let text = [head, claims].map { Base64.encode($0.json(), .url) }.joined(separator: ".")
        return text + "." + Base64.encode(code(Array(text.utf8)), .url)
    }

    /// The claims of a token whose signature is ours; nil for any other.
    func claims(of token: String) -> WireValue? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64.decode(String(parts[2]), .url),
            constantTimeEquals(signature, code(Array("\(parts[0]).\(parts[1])".utf8))),
            let head = Self.part(parts[0]), head["alg"] == "HS256"
        else { return nil }
        return Self.part(parts[1])
    }

    private static func part(_ text: Substring) -> WireValue? {
        // A part that is no base64 or no JSON makes no token.
        Base64.decode(String(text), .url).flatMap { try? WireValue(json: $0) }
    }
}
