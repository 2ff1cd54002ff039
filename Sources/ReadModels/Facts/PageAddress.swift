internal import EventModel
internal import Pipelines

/// What a page's address tells the folds: its host, the page as reports show it, and whether its query is worth a look.
struct PageAddress: Sendable {
    let host: String
    /// Path without query and fragment; nothing in it names a cart, a checkout or an order.
    let page: String
    /// The query may have a UTM parameter or a click id; without this it has none.
    let isMarked: Bool

    /// No text column and no index entry gets longer than this.
    static let textBytesMax = 512

    /// Takes an address apart; `clickIDs` are the parameters looked for.
    init(_ text: String, clickIDs: [String]) {
        let address = WebAddress(text)
        self.host = address.host
        self.page = Self.page(path: address.path)
        self.isMarked = Self.isMarked(text, clickIDs)
    }

    private static func isMarked(_ text: String, _ clickIDs: [String]) -> Bool {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else { return false }
        return text.utf8[mark...].dropFirst().split(separator: UInt8(ascii: "&")).contains { pair in
            let bytes = pair.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "#") }
            if bytes.contains(where: isDecoded) { return true }
            let name = String(Substring(bytes)).lowercased()
            return name.utf8.starts(with: "utm_".utf8) || clickIDs.contains(name)
        }
    }

    /// A name with such a byte is another one when `WebAddress` has decoded and trimmed it: worth a look, whatever it is.
    private static func isDecoded(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "%") || byte == UInt8(ascii: "+") || byte <= UInt8(ascii: " ")
    }

    /// A path as reports show it. What follows `checkouts`, `orders` or `c` (cart permalinks) is a token.
    private static func page(path: String) -> String {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"))
        if parts.contains(where: { $0.elementsEqual("checkouts".utf8) }) { return "/checkouts/…" }
        if let orders = parts.firstIndex(where: { $0.elementsEqual("orders".utf8) }), orders + 1 < parts.count {
            return parts[0].elementsEqual("account".utf8) ? "/account/orders/…" : "/orders/…"
        }
        if parts.count > 2, parts[parts.count - 3].elementsEqual("cart".utf8),
            parts[parts.count - 2].elementsEqual("c".utf8)
        {
            return "/cart/c/…"
        }
        return text(path)
    }

    /// At most `bytesMax` bytes, cut between characters, without U+0000: fit for a text column and an index.
    static func text(_ text: String, bytesMax: Int = textBytesMax) -> String {
        var text = text
        if text.utf8.contains(0) { text.unicodeScalars.removeAll { $0.value == 0 } }
        guard text.utf8.count > bytesMax else { return text }
        var cut = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += scalar.utf8.count
            guard bytes <= bytesMax else { break }
            cut.append(scalar)
        }
        return String(cut)
    }
}
