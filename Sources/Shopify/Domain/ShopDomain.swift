/// A shop's permanent domain, `{name}.myshopify.com`, lower case. Nothing else can be one, so an address made from it
/// leads to Shopify.
///
/// Source: the pattern of Shopify's OAuth documentation, `[a-zA-Z0-9][a-zA-Z0-9\-]*\.myshopify\.com`, matched whole;
/// `.myshopify.io` is Shopify's own development domain.
package struct ShopDomain: Sendable, Hashable, CustomStringConvertible {
    /// The domain as text.
    package let text: String

    /// A DNS label (RFC 1035).
    private static let nameBytesMax = 63
    /// More than a label and the longest suffix.
    private static let textBytesMax = 128
    private static let suffixes = [".myshopify.com", ".myshopify.io"]
    private static let adminPrefix = "admin.shopify.com/store/"

    /// A domain as machines write it: in headers, claims, parameters. Nil for everything else, also with a scheme, a
    /// path or white space; only upper case is forgiven.
    package init?(_ text: String) {
        // Lower case of other alphabets may be a Latin letter, as that of the Kelvin sign is.
        guard text.utf8.count <= Self.textBytesMax, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let lower = text.lowercased()
        guard let suffix = Self.suffixes.first(where: lower.hasSuffix) else { return nil }
        guard Self.isName(lower.utf8.dropLast(suffix.utf8.count)) else { return nil }
        self.text = lower
    }

    /// A domain as people enter it: with a scheme, white space, a path, or as an address of the shop's admin.
    package init?(entered: String) {
        guard entered.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        var rest = Self.trimmed(entered.lowercased())
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        if rest.hasPrefix(Self.adminPrefix) {
            let name = rest.dropFirst(Self.adminPrefix.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            self.init("\(name)\(Self.suffixes[0])")
        } else {
            self.init(String(rest.prefix { $0 != "/" }))
        }
    }

    /// The part before `.myshopify.com`.
    package var name: Substring { text.prefix { $0 != "." } }

    /// The domain itself: it is no secret.
    package var description: String { text }

    private static func isName(_ name: Substring.UTF8View) -> Bool {
        guard let first = name.first, first != UInt8(ascii: "-"), name.count <= nameBytesMax else { return false }
        return name.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        }
    }

    private static func trimmed(_ text: String) -> Substring {
        var rest = text[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
