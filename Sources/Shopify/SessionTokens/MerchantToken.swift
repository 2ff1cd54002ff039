internal import Cryptography
internal import FoundationEssentials

/// A session token of the Shopify admin that was verified: a member of a shop's staff, for a minute.
///
/// Source: shopify.dev, "Session tokens"; vectors in Tests/Fixtures/session_tokens.json.
package struct MerchantToken: Sendable, Equatable {
    /// The shop whose admin the token comes from.
    package let shop: ShopDomain
    /// The member of staff.
    package let userID: String
    /// The session in the admin.
    package let sessionID: String
    /// Unix seconds, as the token says (no leeway).
    package let expiresAtSeconds: Int64

    /// Clocks differ by this much at most; Shopify's own libraries allow the same.
    package static let leewaySeconds = 10.0
    /// A real one has some 700.
    private static let textBytesMax = 8192

    /// Verifies a token against every secret of the app.
    package init(_ text: String, credentials: AppCredentials, nowSeconds: Double) throws(SessionTokenError) {
        let claims = try Self.signedClaims(text, secrets: credentials.secrets)
        guard claims.exp > nowSeconds - Self.leewaySeconds else { throw .expired }
        guard claims.nbf <= nowSeconds + Self.leewaySeconds else { throw .early }
        guard claims.aud == credentials.clientID else { throw .audience }
        let issuer = Self.parts(claims.iss)
        guard let shop = ShopDomain(issuer.host), Self.parts(claims.dest).host.lowercased() == shop.text else {
            throw .shop
        }
        // Tokens of a checkout extension carry our key and our id too.
        guard issuer.path != "/checkouts" else { throw .shopper }
        guard issuer.path == "/admin", let session = claims.sid, !session.isEmpty, let user = claims.sub,
            !user.isEmpty, !user.contains("/")
        else { throw .malformed }
        self.shop = shop
        self.userID = user
        self.sessionID = session
        self.expiresAtSeconds = claims.exp < 1e15 ? Int64(claims.exp) : .max
    }

    private struct Head: Decodable { let alg: String }

    private struct Claims: Decodable {
        let iss: String
        let dest: String
        let aud: String
        let exp: Double
        let nbf: Double
        let jti: String
        let sub: String?
        let sid: String?
    }

    private static func signedClaims(_ text: String, secrets: [Secret]) throws(SessionTokenError) -> Claims {
        let parts = text.utf8.count <= textBytesMax ? text.split(separator: ".", omittingEmptySubsequences: false) : []
        guard parts.count == 3, let head: Head = decoded(parts[0]) else { throw .malformed }
        guard head.alg == "HS256" else { throw .algorithm }
        guard let code = Base64.decode(String(parts[2]), .url) else { throw .malformed }
        let signed = Array("\(parts[0]).\(parts[1])".utf8)
        var isValid = false
        for secret in secrets where HMACSHA256(key: secret.bytes).isValid(code, for: signed) { isValid = true }
        guard isValid else { throw .signature }
        guard let claims: Claims = decoded(parts[1]) else { throw .malformed }
        return claims
    }

    private static func decoded<T: Decodable>(_ part: Substring) -> T? {
        guard let bytes = Base64.decode(String(part), .url) else { return nil }
        // What is wrong with it is of no interest: it is refused.
        return try? JSONDecoder().decode(T.self, from: Data(bytes))
    }

    /// `https://{host}/{path}`. Shopify writes the scheme (shopify.dev, "Session tokens"), but its own library's tests
    /// also take tokens without one, so nothing hangs on it here: who has signed the token is what counts, and both
    /// addresses have to name the same valid shop. Any other scheme is no host.
    private static func parts(_ address: String) -> (host: String, path: String) {
        let rest = address.hasPrefix("https://") ? address.dropFirst(8) : address[...]
        let host = rest.prefix { $0 != "/" }
        return (String(host), String(rest.dropFirst(host.count)))
    }
}
