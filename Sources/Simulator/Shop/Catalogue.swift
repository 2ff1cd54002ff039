/// One thing that can be put into a cart.
struct Variant: Sendable {
    let id: Int64
    let product: Int
    let title: String
    let sku: String
    /// In minor units of the shop's currency.
    let price: Int
}

/// A product page of the shop.
struct Product: Sendable {
    let id: Int64
    let title: String
    let handle: String
    let type: String
    let vendor: String
    let collection: Int
    /// Indexes into the catalogue's variants; never empty.
    let variants: [Int]

    var path: String { "/products/\(self.handle)" }
}

/// A collection page of the shop.
struct ProductCollection: Sendable {
    let id: Int64
    let title: String
    let handle: String
}

/// All that the shop sells, the same for a seed and a currency.
struct Catalogue: Sendable {
    let products: [Product]
    let variants: [Variant]
    let collections: [ProductCollection]
    let money: MoneyText

    init(seed: UInt64, currency: String) {
        self.money = MoneyText(currency: currency)
        var random = SeededGenerator(seed: seed, stream: 0xCA7A)
        self.collections = Catalogue.ranges.map { range in
            ProductCollection(
                id: random.within(400_000_000_000...499_999_999_999), title: range.title, handle: range.handle)
        }
        var products: [Product] = []
        var variants: [Variant] = []
        for (collection, range) in Catalogue.ranges.enumerated() {
            for item in range.items {
                let first = variants.count
                for (step, size) in item.sizes.enumerated() {
                    variants.append(
                        Variant(
                            id: random.within(41_000_000_000_000...49_999_999_999_999), product: products.count,
                            title: size, sku: random.chance(0.2) ? "" : "\(range.handle.uppercased())-\(first + step)",
                            price: self.money.minor(hundredths: item.price + step * item.price / 4)))
                }
                products.append(
                    Product(
                        id: random.within(7_000_000_000_000...8_999_999_999_999), title: item.title,
                        handle: item.handle, type: range.title, vendor: range.vendor, collection: collection,
                        variants: Array(first..<variants.count)))
            }
        }
        self.products = products
        self.variants = variants
    }

    /// The products of one collection.
    func products(in collection: Int) -> [Product] { self.products.filter { $0.collection == collection } }
}

/// Money of one currency as text.
struct MoneyText: Sendable {
    let currency: String
    /// Digits behind the point: 2 for most, 0 for JPY, 3 for KWD.
    let digits: Int

    init(currency: String) {
        self.currency = currency
        self.digits =
            switch currency {
            case "JPY", "KRW", "VND", "CLP", "ISK", "HUF": currency == "HUF" ? 2 : 0
            case "KWD", "BHD", "JOD", "OMR", "TND": 3
            default: 2
            }
    }

    /// A price list in hundredths, in minor units of this currency (yen prices are a hundred times the number).
    func minor(hundredths: Int) -> Int {
        switch self.digits {
        case 0: hundredths
        case 3: hundredths * 10
        default: hundredths
        }
    }

    /// `404.95`, `0.00`, `1200`: as the Admin API writes it, always with all digits.
    func decimal(_ minor: Int) -> String {
        guard self.digits > 0 else { return String(minor) }
        let unit = self.digits == 3 ? 1000 : 100
        return "\(minor / unit).\(ClockText.padded(minor % unit, self.digits))"
    }

    /// `404.95`, `1499.9`, `0`: as JavaScript writes the number in a pixel event.
    func number(_ minor: Int) -> String {
        var text = self.decimal(minor)
        guard self.digits > 0 else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// `{"amount":404.95,"currencyCode":"USD"}`.
    func pixel(_ minor: Int) -> String { "{\"amount\":\(self.number(minor)),\"currencyCode\":\"\(self.currency)\"}" }

    /// `{"shop_money":{...},"presentment_money":{...}}`.
    func set(_ minor: Int) -> String {
        let money = "{\"amount\":\"\(self.decimal(minor))\",\"currency_code\":\"\(self.currency)\"}"
        return "{\"shop_money\":\(money),\"presentment_money\":\(money)}"
    }
}
