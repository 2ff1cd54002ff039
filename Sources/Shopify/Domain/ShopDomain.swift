internal import EventModel

/// A shop's permanent domain by the rule of `ShopName`, lower case: an address made from it leads to Shopify.
package struct ShopDomain: Sendable, Hashable, CustomStringConvertible {
    /// The domain as text.
    package let text: String

    private static let adminPrefix = "admin.shopify.com/store/"

    /// A domain as machines write it: in headers, claims, parameters. Nil for everything else, also with a scheme, a
    /// path or white space; only upper case is forgiven.
    package init?(_ text: String) {
        guard let domain = ShopName.domain(text) else { return nil }
        self.text = domain
    }

    /// A domain as people enter it: with a scheme, white space, a path, or as an address of the shop's admin.
    package init?(entered: String) {
        guard entered.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        var rest = Self.trimmed(entered.lowercased())
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        if rest.hasPrefix(Self.adminPrefix) {
            let name = rest.dropFirst(Self.adminPrefix.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            self.init("\(name)\(ShopName.suffixes[0])")
        } else {
            self.init(String(rest.prefix { $0 != "/" }))
        }
    }

    /// The part before the suffix.
    package var name: Substring { text.prefix { $0 != "." } }

    /// The domain itself: it is no secret.
    package var description: String { text }

    private static func trimmed(_ text: String) -> Substring {
        var rest = text[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
