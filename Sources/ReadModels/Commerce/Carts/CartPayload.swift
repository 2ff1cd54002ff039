internal import EventModel

/// A cart or a checkout as one payload has it.
struct CartPayload {
    var version: PayloadVersion
    var position: Position
    /// The cart it belongs to; its own token where it names none.
    var cartToken: String
    var completedAt: Int64?
    /// Minor units of shop money.
    var value: Int64?
    var exponent: Int
    /// Empty where the payload names none.
    var currency: String
    var lines: Int64

    init(cart document: CommerceDocument, token: String, _ event: EventFacts) {
        let lines = document.root["line_items"]?.elements ?? []
        version = PayloadVersion(event, document, updatedAt: document.root["updated_at"]?.time)
        position = event.position
        cartToken = token
        currency = lines.lazy.compactMap { Self.shopMoney($0)?["currency_code"]?.text }.first ?? ""
        let exponent = MinorUnits.exponent(of: currency)
        self.exponent = exponent
        self.lines = Int64(lines.count)
        value = lines.reduce(0 as Int64?) { sum, line in
            guard let sum else { return nil }
            let price = Self.shopMoney(line)?["amount"] ?? line["line_price"]
            let (total, overflow) = sum.addingReportingOverflow(price?.money(exponent: exponent) ?? 0)
            return overflow ? nil : total
        }
    }

    init(checkout document: CommerceDocument, token: String, _ event: EventFacts) {
        let root = document.root
        version = PayloadVersion(event, document, updatedAt: root["updated_at"]?.time)
        position = event.position
        let cart = root["cart_token"]?.text ?? ""
        cartToken = cart.isEmpty ? token : CartTokens.bare(cart)
        completedAt = root["completed_at"]?.time
        currency = root["currency"]?.text ?? ""
        exponent = MinorUnits.exponent(of: currency)
        value = root["total_price"]?.money(exponent: exponent)
        lines = Int64(root["line_items"]?.elements.count ?? 0)
    }

    private static func shopMoney(_ line: JSONNode) -> JSONNode? { line["line_price_set"]?["shop_money"] }

    func write(_ writer: inout JSONWriter) {
        writer.members(version)
        writer.member("source_position", position)
        writer.member("cart_token", cartToken)
        writer.member(instant: "completed_at", completedAt)
        writer.member(whole: "value", value)
        writer.member("exponent", Int64(exponent))
        writer.member("currency", currency.isEmpty ? nil : currency)
        writer.member("lines", lines)
    }
}

/// An order's tokens.
struct CartPurchase {
    var version: PayloadVersion
    var at: Int64
    var cartToken: String?
    var checkoutToken: String?

    /// nil for an order without tokens, such as one of a till.
    init?(_ event: EventFacts, _ document: CommerceDocument) {
        let root = document.root
        cartToken = CartTokens.text(root["cart_token"])
        checkoutToken = CartTokens.text(root["checkout_token"])
        guard cartToken != nil || checkoutToken != nil else { return nil }
        version = PayloadVersion(event, document, updatedAt: root["updated_at"]?.time)
        at = root["processed_at"]?.time ?? root["created_at"]?.time ?? event.order.time
    }

    func write(_ writer: inout JSONWriter) {
        writer.members(version)
        writer.member(instant: "at", at)
        writer.member("cart_token", cartToken)
        writer.member("checkout_token", checkoutToken)
    }
}

/// Tokens as all payloads have them.
enum CartTokens {
    /// Without what the Storefront API puts around it: `gid://shopify/Cart/TOKEN?key=SECRET` is `TOKEN`. Fit for an index.
    static func bare(_ text: String) -> String {
        let path = text.prefix { $0 != "?" }
        return PageAddress.text(String(path.split(separator: "/").last ?? ""))
    }

    /// A token, nil where there is none.
    static func text(_ node: JSONNode?) -> String? {
        let token = bare(node?.text ?? "")
        return token.isEmpty ? nil : token
    }
}
