/// An amount in minor units of a currency, and the ways Shopify writes it.
package struct ShopMoney: Sendable, Hashable {
    package var minor: Int64
    package var currency: String

    package init(_ minor: Int64, _ currency: String) {
        self.minor = minor
        self.currency = currency
    }

    /// Decimals of a currency (ISO 4217); two where it is not one of the exceptions used here.
    package static func exponent(_ currency: String) -> Int {
        switch currency {
        case "JPY", "KRW": 0
        case "KWD", "BHD": 3
        default: 2
        }
    }

    /// As REST payloads write it: `31.00`.
    package var padded: String {
        let exponent = Self.exponent(currency)
        guard exponent > 0 else { return String(minor) }
        let digits = String(minor.magnitude)
        let filled = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
        return (minor < 0 ? "-" : "") + filled.dropLast(exponent) + "." + filled.suffix(exponent)
    }

    /// As GraphQL writes it: `31.0`, without more zeros than one.
    package var bare: String {
        var text = padded
        if !text.contains(".") { return text + ".0" }
        while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
        return text
    }

    /// GraphQL's `MoneyV2`.
    package var moneyV2: WireValue { ["amount": .string(bare), "currencyCode": .string(currency)] }
}

/// An amount of the shop and what the shopper saw.
package struct ShopMoneyPair: Sendable, Hashable {
    package var shop: ShopMoney
    package var presentment: ShopMoney

    /// GraphQL's `MoneyBag`.
    package var bag: WireValue { ["shopMoney": shop.moneyV2, "presentmentMoney": presentment.moneyV2] }

    /// REST's `*_set`.
    package var set: WireValue {
        [
            "shop_money": ["amount": .string(shop.padded), "currency_code": .string(shop.currency)],
            "presentment_money": [
                "amount": .string(presentment.padded), "currency_code": .string(presentment.currency),
            ],
        ]
    }
}
