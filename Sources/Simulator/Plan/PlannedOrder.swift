/// A line of an order with its money in minor units, before and after the discount.
struct OrderLine: Sendable {
    let id: Int64
    let variant: Int
    let quantity: Int
    let price: Int
    let discount: Int
    let tax: Int

    var gross: Int { self.price * self.quantity }
    var net: Int { self.gross - self.discount }
}

/// Goods sent back: one whole line of an order.
struct PlannedRefund: Sendable {
    let id: Int64
    let time: Int64
    let line: Int
}

/// An order as the merchant's books will have it.
struct PlannedOrder: Sendable {
    let number: Int
    let id: Int64
    /// When it was placed, Unix milliseconds.
    let time: Int64
    let lines: [OrderLine]
    let discountPercent: Int
    let shipping: Int
    let person: Int
    let customerID: Int64
    let isNewCustomer: Bool
    /// `web`, `pos`, `shopify_draft_order`, `subscription_contract`.
    let sourceName: String
    let place: Place
    let gateway: String
    var cartToken: String?
    var checkoutToken: String?
    /// Put into the note attributes by the widget.
    var clientID: String?
    var userAgent: String?
    var landingSite: String?
    var referringSite: String?
    var refund: PlannedRefund?

    var gross: Int { self.lines.reduce(0) { $0 + $1.gross } }
    var discounts: Int { self.lines.reduce(0) { $0 + $1.discount } }
    var tax: Int { self.lines.reduce(0) { $0 + $1.tax } }
    var total: Int { self.gross - self.discounts + self.tax + self.shipping }
    var units: Int { self.lines.reduce(0) { $0 + $1.quantity } }
}

extension ShopWorld {
    /// The lines of an order of these goods. A discount is split by line and rounded down, the tax likewise.
    func orderLines(_ cart: [CartLine], order: Int, discountPercent: Int) -> [OrderLine] {
        cart.enumerated().map { index, line in
            let price = self.catalogue.variants[line.variant].price
            let discount = price * line.quantity * discountPercent / 100
            let net = price * line.quantity - discount
            return OrderLine(
                id: self.bigID(IDKind.line, order * 16 + index), variant: line.variant, quantity: line.quantity,
                price: price, discount: discount, tax: net * ShopWorld.taxPercent / 100)
        }
    }

    /// Free above a sum, as in most shops; the sum is in hundredths of the currency's unit.
    func shipping(for cart: [CartLine]) -> Int {
        let gross = cart.reduce(0) { $0 + self.catalogue.variants[$1.variant].price * $1.quantity }
        return gross >= self.catalogue.money.minor(hundredths: 10_000) ? 0 : self.catalogue.money.minor(hundredths: 990)
    }

    static let taxPercent = 8
}
