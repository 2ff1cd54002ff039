/// The rule for a shop's permanent domain, `{name}.myshopify.com` or `{name}.myshopify.io`, for everything that takes
/// one: the registry, the app, headers and claims. Nothing else can be one, so an address made of it leads to Shopify.
///
/// Source: the pattern of Shopify's OAuth documentation, `[a-zA-Z0-9][a-zA-Z0-9\-]*\.myshopify\.com`, matched whole;
/// `.myshopify.io` is Shopify's own development domain, which its libraries accept.
package enum ShopName {
    /// What a domain ends with; the first is that of merchants.
    package static let suffixes = [".myshopify.com", ".myshopify.io"]
    /// A DNS label (RFC 1035).
    private static let nameBytesMax = 63

    /// The domain in lower case; nil for everything else, also with a scheme, a path or white space.
    package static func domain(_ text: String) -> String? {
        // Lower case of other alphabets may be a Latin letter, as that of the Kelvin sign is.
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let lower = text.lowercased()
        guard let suffix = suffixes.first(where: lower.hasSuffix) else { return nil }
        let name = lower.utf8.dropLast(suffix.utf8.count)
        guard let first = name.first, first != UInt8(ascii: "-"), name.count <= nameBytesMax else { return nil }
        let isName = name.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        }
        return isName ? lower : nil
    }
}
