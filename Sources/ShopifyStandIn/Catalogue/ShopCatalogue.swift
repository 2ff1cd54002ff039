/// How much a made-up shop holds, and from when.
package struct ShopCatalogueSize: Sendable, Hashable {
    package var products = 12
    package var customers = 40
    package var orders = 60
    package var checkouts = 8
    /// The first order, Unix milliseconds; 2026-08-01.
    package var from: Int64 = 1_785_542_400_000
    /// The end of what exists; 2026-11-20.
    package var until: Int64 = 1_795_132_800_000
    package var currency = "USD"
    package var seed: UInt64 = 1

    package init() {}
}

/// Everything a made-up shop has, each thing made from the seed and its index alone: a million orders need no memory.
package struct ShopCatalogue: Sendable {
    package let size: ShopCatalogueSize
    package let shop: String
    /// All products; they are few.
    package let products: [ShopProduct]
    private let seed: UInt64
    private let idBase: Int64

    /// Minutes between UTC and the shop's clock, as REST payloads show it.
    package static let offsetMinutes = -300
    private static let days: Int64 = 86_400_000
    /// Ids stand above 2^53, as Shopify's may, so that whoever reads them as doubles is found out.
    private static let firstID: Int64 = 820_000_000_000_000_000

    /// The catalogue of `shop`; other shops get other ids.
    package init(shop: String, size: ShopCatalogueSize = .init()) {
        self.shop = shop
        self.size = size
        let name = shop.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        seed = size.seed &+ name
        idBase = Self.firstID + Int64(name % 100_000) * 1_000_000_000_000
        let (seed, idBase) = (self.seed, self.idBase)
        products = (0..<size.products).map { Self.product($0, size: size, seed: seed, idBase: idBase) }
    }

    /// Kinds of things, so that no two share an id.
    private enum Kind: Int64 { case product = 1, variant, customer, order, line, transaction, refund, checkout }

    private static func id(_ idBase: Int64, _ kind: Kind, _ index: Int) -> Int64 {
        idBase + kind.rawValue * 100_000_000_000 + Int64(index)
    }

    private func id(_ kind: Kind, _ index: Int) -> Int64 { Self.id(idBase, kind, index) }

    /// The shop's own id.
    package var shopID: Int64 { idBase }

    // MARK: Products and customers

    private static func product(_ index: Int, size: ShopCatalogueSize, seed: UInt64, idBase: Int64) -> ShopProduct {
        var random = SplitMix(seed: seed, kind: 1, index: index)
        let material = random.pick(["Memory Foam", "Latex", "Hybrid", "Wool", "Spring", "Bamboo"])
        let thing = random.pick(["Mattress", "Topper", "Pillow", "Bed Frame", "Duvet"])
        let title = "\(material) \(thing) \(index + 1)"
        let sizes = ["Twin", "Full", "Queen", "King"].prefix(1 + random.below(4))
        let base = Int64(2900 + random.below(120) * 1000 + random.below(2) * 50)
        let created = size.from - days * Int64(30 + random.below(300))
        let variants = sizes.enumerated().map { position, name in
            let price = base + Int64(position) * 4000
            return ShopVariant(
                id: id(idBase, .variant, index * 8 + position), title: name, sku: "SKU-\(index + 1)-\(position + 1)",
                price: ShopMoney(price, size.currency),
                compareAt: random.below(3) == 0 ? ShopMoney(price + 2000, size.currency) : nil,
                inventory: random.below(200), position: position + 1)
        }
        return ShopProduct(
            id: id(idBase, .product, index), title: title,
            handle: title.lowercased().split(separator: " ").joined(separator: "-"),
            vendor: random.pick(["Sleepwell", "Nordic Rest", "Dream & Co"]), type: thing,
            tags: [material.lowercased(), random.pick(["new", "sale", "classic"])],
            description: "A \(thing.lowercased()) of \(material.lowercased()) / made up for tests.",
            createdAt: created, updatedAt: created + days * Int64(random.below(20)), optionName: "Size",
            variants: Array(variants))
    }

    /// The customer `index`.
    package func customer(_ index: Int) -> ShopCustomer {
        var random = SplitMix(seed: seed, kind: 3, index: index)
        let first = random.pick(["Ada", "Björn", "Chloé", "Dmitri", "Eun-ji", "Fatima", "Grace", "Hugo"])
        let last = random.pick(["Example", "Sample", "O'Test", "Müller-Probe", "Muster"])
        let created = size.from - Self.days * Int64(random.below(200))
        return ShopCustomer(
            id: id(.customer, index), firstName: first, lastName: last, email: "buyer\(index)@example.com",
            phone: random.below(3) == 0 ? "+1555010\(1000 + index % 9000)" : nil,
            street: "\(1 + random.below(200)) Example Street", city: "Exampleville", zip: "\(10_000 + index % 80_000)",
            createdAt: created, updatedAt: created + Self.days * Int64(random.below(60)),
            orders: 1 + random.below(6), spent: ShopMoney(Int64(random.below(500_000)), size.currency),
            tags: random.below(4) == 0 ? ["vip"] : [], isSubscribed: random.below(2) == 0)
    }

    // MARK: Orders and checkouts

    private func line(
        _ number: Int, of owner: Int, discountPercent: Int64, taxPercent: Int64, included: Bool,
        _ random: inout SplitMix
    ) -> ShopLine {
        let product = random.pick(products)
        var line = ShopLine(
            id: id(.line, owner * 8 + number), product: product, variant: random.pick(product.variants),
            quantity: 1 + random.below(3), discount: 0, tax: 0, currentQuantity: 0)
        line.currentQuantity = line.quantity
        line.discount = (line.gross * discountPercent + 50) / 100
        let base = line.gross - line.discount
        line.tax = included ? base - base * 100 / (100 + taxPercent) : (base * taxPercent + 50) / 100
        return line
    }

    private func token(_ random: inout SplitMix) -> String {
        String(random.next() | 1 << 63, radix: 16) + String(random.next() | 1 << 63, radix: 16)
    }

    /// The order `index`, with what has happened to it until the end of the catalogue.
    package func order(_ index: Int) -> ShopOrder {
        var random = SplitMix(seed: seed, kind: 4, index: index)
        let span = size.until - size.from
        let created = (size.from + Int64(Double(span) * Double(index) / Double(max(1, size.orders)))) / 1000 * 1000
        let hasCode = random.below(4) == 0
        let included = random.below(5) == 0
        let lines = (0..<(1 + random.below(4))).map {
            line($0, of: index, discountPercent: hasCode ? 10 : 0, taxPercent: 8, included: included, &random)
        }
        let other = size.currency == "EUR" ? "GBP" : "EUR"
        var order = ShopOrder(
            id: id(.order, index), number: 1001 + index, createdAt: created, updatedAt: created + 2000,
            isTest: random.below(40) == 0,
            customer: random.below(10) == 0 ? nil : customer(random.below(max(1, size.customers))), lines: lines,
            transactions: [], shipping: random.pick([0, 590, 1290]), taxesIncluded: included,
            discountCode: hasCode ? "SAVE10" : nil, currency: size.currency,
            presentment: random.below(7) == 0 ? other : size.currency, presentmentRate: 91,
            tags: random.below(6) == 0 ? ["gift", "rush"] : [], cartToken: token(&random),
            checkoutToken: String(token(&random).prefix(32)), gateway: random.pick(["shopify_payments", "bogus"]),
            isFulfilled: random.below(3) > 0, taxPercent: 8)
        pay(&order, index, &random)
        if order.received > 0 {
            let fate = random.below(12)
            if fate == 0 {
                order.refund(.all(shipping: true), at: min(created + Self.days, size.until), cancelling: true)
            } else if fate < 3 {
                order.refund(.units(1, ofLine: 0), at: min(created + 3 * Self.days, size.until))
            }
        }
        return order
    }

    private func pay(_ order: inout ShopOrder, _ index: Int, _ random: inout SplitMix) {
        func transaction(_ number: Int, _ kind: String, _ status: String, parent: Int? = nil) -> ShopTransaction {
            ShopTransaction(
                id: id(.transaction, index * 8 + number), parent: parent.map { id(.transaction, index * 8 + $0) },
                kind: kind, status: status, amount: order.total, gateway: order.gateway, at: order.createdAt + 1000,
                errorCode: status == "FAILURE" ? "CARD_DECLINED" : nil)
        }
        switch random.below(16) {
        case 0: break
        case 1: order.transactions = [transaction(0, "AUTHORIZATION", "SUCCESS")]
        case 2: order.transactions = [transaction(0, "SALE", "FAILURE"), transaction(1, "SALE", "SUCCESS")]
        case 3:
            order.transactions = [
                transaction(0, "AUTHORIZATION", "SUCCESS"), transaction(1, "CAPTURE", "SUCCESS", parent: 0),
            ]
        default: order.transactions = [transaction(0, "SALE", "SUCCESS")]
        }
    }

    /// The abandoned checkout `index`.
    package func checkout(_ index: Int) -> ShopCheckout {
        var random = SplitMix(seed: seed, kind: 8, index: index)
        let created = size.from + Int64(random.below(Int((size.until - size.from) / 1000))) * 1000
        // Line ids of checkouts lie behind those of all orders.
        let owner = 10_000_000 + index
        let lines = (0..<(1 + random.below(3))).map {
            line($0, of: owner, discountPercent: 0, taxPercent: 8, included: false, &random)
        }
        return ShopCheckout(
            id: id(.checkout, index), token: String(token(&random).prefix(32)), cartToken: token(&random),
            createdAt: created, updatedAt: created + 60_000, customer: customer(random.below(max(1, size.customers))),
            lines: lines, currency: size.currency)
    }

    /// The index that an id of orders stands for, if it is one of the catalogue's.
    func orderIndex(_ id: Int64) -> Int? {
        let index = id - self.id(.order, 0)
        return (0..<Int64(size.orders)).contains(index) ? Int(index) : nil
    }

    /// The index that an id of customers stands for.
    func customerIndex(_ id: Int64) -> Int? {
        let index = id - self.id(.customer, 0)
        return (0..<Int64(size.customers)).contains(index) ? Int(index) : nil
    }
}
