internal import EventModel
internal import Pipelines

/// What a page's address tells the folds: its host, the page as reports show it, and whether its query is worth a look.
struct PageAddress: Sendable {
    let host: String
    /// Path without query and fragment; nothing in it names a cart, a checkout or an order.
    let page: String
    /// The query has a UTM parameter or a click id.
    let isMarked: Bool

    /// No text column and no index entry gets longer than this.
    static let textBytesMax = 512

    /// Takes an address apart; `clickIDs` are the parameters looked for.
    init(_ text: String, clickIDs: [String]) {
        let address = WebAddress(text)
        self.host = Self.text(address.host)
        self.page = Self.page(path: address.path)
        self.isMarked = Self.isMarked(text, clickIDs)
    }

    private static func isMarked(_ text: String, _ clickIDs: [String]) -> Bool {
        guard let mark = text.firstIndex(of: "?") else { return false }
        return text[mark...].dropFirst().split(separator: "&").contains { pair in
            let name = pair.prefix { $0 != "=" && $0 != "#" }.lowercased()
            return name.hasPrefix("utm_") || clickIDs.contains(name)
        }
    }

    /// A path as reports show it. What follows `checkouts`, `orders` or `c` (cart permalinks) is a token.
    private static func page(path: String) -> String {
        let parts = path.split(separator: "/")
        if parts.contains("checkouts") { return "/checkouts/…" }
        if let orders = parts.firstIndex(of: "orders"), orders + 1 < parts.count {
            return parts.first == "account" ? "/account/orders/…" : "/orders/…"
        }
        if parts.count > 2, parts[parts.count - 3] == "cart", parts[parts.count - 2] == "c" { return "/cart/c/…" }
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
