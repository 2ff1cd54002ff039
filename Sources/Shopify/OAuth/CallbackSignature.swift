internal import Cryptography

/// The `hmac` that Shopify adds to the query of an OAuth callback and of links into an app.
///
/// Signed are all decoded parameters but `hmac` and the legacy `signature`, sorted, `name=value` joined by `&`. Shopify
/// does not say how delimiters inside are escaped, and its own libraries differ; both of their forms are unambiguous,
/// and both are tried. Source: shopify.dev, "Verify a request"; vectors in Tests/Fixtures/oauth_hmac.json.
package enum CallbackSignature {
    /// Parameters that a forger would like to have twice are refused twice, so that signer and reader see one value;
    /// so is every other one except lists (`ids[]`).
    package static func verifies(query: String, secrets: [Secret]) -> Bool {
        guard let items = QueryItem.parse(query), areUnique(items) else { return false }
        return verifies(items, secrets: secrets)
    }

    static func verifies(_ items: [QueryItem], secrets: [Secret]) -> Bool {
        guard let text = items.first(where: { $0.name == "hmac" })?.value, let code = Hex.decode(text) else {
            return false
        }
        let forms = canonical(items).map { Array($0.utf8) }
        var isValid = false
        for secret in secrets where !secret.revealed.isEmpty {
            let key = HMACSHA256(key: secret.bytes)
            for form in forms where key.isValid(code, for: form) { isValid = true }
        }
        return isValid
    }

    /// The texts of which any may be signed.
    static func canonical(_ items: [QueryItem]) -> [String] {
        let signed = items.filter { $0.name != "hmac" && $0.name != "signature" }
        return [delimitersEscaped(signed), percentEncoded(signed)]
    }

    static func areUnique(_ items: [QueryItem]) -> Bool {
        var seen: Set<String> = []
        return items.allSatisfy { $0.name.hasSuffix("[]") || seen.insert($0.name).inserted }
    }

    /// As Shopify's Python library writes it: `&` and `%` are escaped, and `=` in names; lists as one value.
    private static func delimitersEscaped(_ items: [QueryItem]) -> String {
        var lists: [String: [String]] = [:]
        var pairs: [(String, String)] = []
        for item in items {
            if item.name.hasSuffix("[]") {
                lists[String(item.name.dropLast(2)), default: []].append(item.value)
            } else {
                pairs.append((item.name, item.value))
            }
        }
        pairs += lists.map { ($0.key, "[" + $0.value.map { "\"\($0)\"" }.joined(separator: ", ") + "]") }
        return pairs.map { name, value in
            let name = name.replacing("%", with: "%25").replacing("=", with: "%3D")
            return "\(name)=\(value.replacing("%", with: "%25"))".replacing("&", with: "%26")
        }.sorted(by: bytewise).joined(separator: "&")
    }

    /// As Shopify's JavaScript library writes it: names and values by RFC 3986.
    private static func percentEncoded(_ items: [QueryItem]) -> String {
        let sorted = items.sorted { bytewise($0.name, $1.name) }
        return QueryItem.encode(sorted.map { ($0.name, $0.value) })
    }

    private static func bytewise(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
